"""Motion frames as bytes: quantised, at-rest channels left out.

A speaking face at 50 frames a second takes about 2 KB/s. The only importer of its generated module.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from google.protobuf.message import DecodeError

from avamotion.errors import RemoteProtocolError
from avamotion.media import N_BLENDSHAPES, MotionFrame
from avamotion.protocol.gen import motion_pb2 as pb

__all__ = [
    "ANIMATION_VERSION",
    "ChannelPacket",
    "decode_animation",
    "decode_channel_packet",
    "encode_animation",
    "encode_channel_packet",
]

ANIMATION_VERSION: Final = 1
_QUATERNION_SCALE: Final = 10_000
_GAZE_SCALE: Final = 10_000
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


def encode_animation(frames: Iterable[MotionFrame]) -> bytes:
    """Encode frames as an ``Animation``. Weights are rounded to 1/255."""
    message = pb.Animation(version=ANIMATION_VERSION)
    for frame in frames:
        _fill(message.frames.add(), frame)
    return message.SerializeToString()


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
    message = pb.ChannelPacket(
        uid=packet.uid,
        epoch=packet.epoch,
        turn=packet.turn,
        sequence=packet.sequence,
        pts_us=packet.pts_us,
        opus=packet.opus,
        start=packet.start,
        end=packet.end,
    )
    for frame in packet.frames:
        _fill(message.frames.add(), frame)
    return message.SerializeToString()


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
    )


def _fill(message: pb.Frame, frame: MotionFrame) -> None:
    levels = np.rint(np.clip(frame.weights, 0.0, 1.0) * 255.0).astype(np.uint8)
    present = levels > 0
    x, y, z, w = frame.head
    sign = -1.0 if w < 0 else 1.0  # q and -q are the same rotation; the wire carries w >= 0
    yaw, pitch = frame.gaze
    message.pts_us = frame.pts_us
    message.mask = int(_BITS[present].sum())
    message.weights = levels[present].tobytes()
    message.head_x = round(sign * x * _QUATERNION_SCALE)
    message.head_y = round(sign * y * _QUATERNION_SCALE)
    message.head_z = round(sign * z * _QUATERNION_SCALE)
    message.gaze_yaw = round(yaw * _GAZE_SCALE)
    message.gaze_pitch = round(pitch * _GAZE_SCALE)


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
