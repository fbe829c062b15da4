"""Motion frames as bytes: quantised, at-rest channels left out.

A speaking face at 50 frames a second takes about 2 KB/s. The only importer of its generated module.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from google.protobuf.message import DecodeError

from avamotion.errors import RemoteProtocolError
from avamotion.media import N_BLENDSHAPES, MotionFrame
from avamotion.protocol.gen import motion_pb2 as pb

__all__ = [
    "ANIMATION_VERSION",
    "ChannelPacket",
    "MediaParts",
    "decode_animation",
    "decode_channel_packet",
    "encode_animation",
    "encode_channel_packet",
    "encode_frames",
    "encode_media",
    "encode_voice",
    "split_media",
]

ANIMATION_VERSION: Final = 1
_QUATERNION_SCALE: Final = 10_000
_GAZE_SCALE: Final = 10_000
# Tags of the fields ``frames``: number << 3 | 2. A frame has fewer than 2^14 bytes.
_ANIMATION_FRAME: Final = bytes((2 << 3 | 2,))
_CHANNEL_FRAME: Final = bytes((7 << 3 | 2,))
_BITS: Final = np.uint64(1) << np.arange(N_BLENDSHAPES, dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class ChannelPacket:
    """One packet of the hosted channel. The fields are those of motion.proto."""

    uid: int
    epoch: int
    turn: int
    sequence: int
    pts_us: int
    opus: bytes
    frames: tuple[MotionFrame, ...]
    start: bool = False
    end: bool = False
    voice: bytes = b""


def encode_animation(frames: Iterable[MotionFrame]) -> bytes:
    """Encode frames as an ``Animation``. Weights are rounded to 1/255."""
    parts = [pb.Animation(version=ANIMATION_VERSION).SerializeToString()]
    parts += [_ANIMATION_FRAME + _prefixed(frame) for frame in encode_frames(list(frames))]
    return b"".join(parts)


def encode_frames(frames: Sequence[MotionFrame]) -> list[bytes]:
    """Encode each frame as a ``Frame``; many at once cost a third of one at a time."""
    if not frames:
        return []
    weights = np.stack([frame.weights for frame in frames])
    levels = np.rint(np.clip(weights, 0.0, 1.0) * np.float32(255)).astype(np.uint8)
    masks: list[int] = (_BITS * (levels > 0)).sum(axis=1).tolist()
    return [_encode_frame(*row) for row in zip(frames, masks, levels, strict=True)]


def _encode_frame(frame: MotionFrame, mask: int, levels: npt.NDArray[np.uint8]) -> bytes:
    x, y, z, w = frame.head
    scale = -_QUATERNION_SCALE if w < 0 else _QUATERNION_SCALE  # q and -q are one rotation
    yaw, pitch = frame.gaze
    return pb.Frame(
        pts_us=frame.pts_us,
        mask=mask,
        weights=levels[levels > 0].tobytes(),
        head_x=round(scale * x),
        head_y=round(scale * y),
        head_z=round(scale * z),
        gaze_yaw=round(yaw * _GAZE_SCALE),
        gaze_pitch=round(pitch * _GAZE_SCALE),
    ).SerializeToString()


def decode_animation(data: bytes) -> list[MotionFrame]:
    """Decode an ``Animation``.

    Raises:
        RemoteProtocolError: If the bytes are none, or of a version that we do not know.
    """
    message = pb.Animation()
    try:
        message.ParseFromString(data)
    except DecodeError as exc:
        raise RemoteProtocolError("not an animation payload") from exc
    if message.version != ANIMATION_VERSION:
        raise RemoteProtocolError(f"unknown animation version {message.version}")
    return [_frame(frame) for frame in message.frames]


def encode_channel_packet(packet: ChannelPacket) -> bytes:
    """Encode one packet of the hosted channel."""
    return encode_media(
        uid=packet.uid,
        epoch=packet.epoch,
        turn=packet.turn,
        sequence=packet.sequence,
        pts_us=packet.pts_us,
        opus=packet.opus,
        motion=encode_frames(packet.frames),
        start=packet.start,
        end=packet.end,
    )


def encode_media(
    *,
    uid: int,
    epoch: int,
    turn: int,
    sequence: int,
    pts_us: int,
    opus: bytes,
    motion: Sequence[bytes],
    start: bool,
    end: bool,
) -> bytes:
    """Encode one packet of the hosted channel, of frames that are encoded already.

    The fields are those of motion.proto; protobuf lets a message be put together from parts.
    """
    message = pb.ChannelPacket(
        uid=uid,
        epoch=epoch,
        turn=turn,
        sequence=sequence,
        pts_us=pts_us,
        opus=opus,
        start=start,
        end=end,
    ).SerializeToString()
    for frame in motion:
        message += _CHANNEL_FRAME + _prefixed(frame)
    return message


@dataclass(frozen=True, slots=True)
class MediaParts:
    """A packet of the hosted channel, its sound taken out.

    Attributes:
        uid: The publisher's.
        end: Whether it is the last of its turn.
        opus: Its sound.
        motion: The packet without ``opus``, encoded.
    """

    uid: int
    end: bool
    opus: bytes
    motion: bytes


def split_media(data: bytes) -> MediaParts:
    """Take the sound out of an encoded packet of the hosted channel, for ways that carry it apart.

    Raises:
        RemoteProtocolError: If the bytes are none.
    """
    message = pb.ChannelPacket()
    try:
        message.ParseFromString(data)
    except DecodeError as exc:
        raise RemoteProtocolError("not a channel packet") from exc
    opus = message.opus
    message.ClearField("opus")
    return MediaParts(message.uid, message.end, opus, message.SerializeToString())


def decode_channel_packet(data: bytes) -> ChannelPacket:
    """Decode one packet of the hosted channel.

    Raises:
        RemoteProtocolError: If the bytes are none.
    """
    message = pb.ChannelPacket()
    try:
        message.ParseFromString(data)
    except DecodeError as exc:
        raise RemoteProtocolError("not a channel packet") from exc
    return ChannelPacket(
        uid=message.uid,
        epoch=message.epoch,
        turn=message.turn,
        sequence=message.sequence,
        pts_us=message.pts_us,
        opus=message.opus,
        frames=tuple(_frame(frame) for frame in message.frames),
        start=message.start,
        end=message.end,
        voice=message.voice,
    )


def encode_voice(*, uid: int, sequence: int, voice: bytes) -> bytes:
    """Encode what a member says: 16 kHz mono PCM, signed 16 bits, little endian."""
    return pb.ChannelPacket(uid=uid, sequence=sequence, voice=voice).SerializeToString()


def _prefixed(message: bytes) -> bytes:
    """Put the length of an embedded message before it."""
    length = len(message)
    if length < 0x80:
        return bytes((length,)) + message
    return bytes((length & 0x7F | 0x80, length >> 7)) + message


def _frame(message: pb.Frame) -> MotionFrame:
    if message.mask >> N_BLENDSHAPES or message.mask.bit_count() != len(message.weights):
        raise RemoteProtocolError("mask and weights of a frame do not fit together")
    weights = np.zeros(N_BLENDSHAPES, np.float32)
    present = (np.uint64(message.mask) & _BITS) != 0
    weights[present] = np.frombuffer(message.weights, np.uint8) / np.float32(255)
    x, y, z = (
        value / _QUATERNION_SCALE for value in (message.head_x, message.head_y, message.head_z)
    )
    length_squared = x * x + y * y + z * z
    if length_squared > 1.0 + 1e-3:
        raise RemoteProtocolError("head rotation of a frame is no unit quaternion")
    return MotionFrame(
        pts_us=message.pts_us,
        weights=weights,
        head=(x, y, z, math.sqrt(max(0.0, 1.0 - length_squared))),
        gaze=(message.gaze_yaw / _GAZE_SCALE, message.gaze_pitch / _GAZE_SCALE),
    )
