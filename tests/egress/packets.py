"""Packets, requests and services as a server makes them, for tests of the ways out."""

from collections.abc import Callable

import numpy as np

from avamotion.channel.hub import ChannelLimits, Hub
from avamotion.egress.registry import EgressRequest, EgressServices
from avamotion.egress.setting import EgressSetting
from avamotion.media import N_BLENDSHAPES, MotionFrame
from avamotion.playout.packet import PACKET_US, MediaBlock, Packet
from avamotion.protocol.message import EgressConfig, ResponseAnimation

__all__ = [
    "SAMPLE_RATE_HZ",
    "block",
    "frame",
    "make_request",
    "make_services",
    "packet",
    "turn",
    "unanswered",
]

SAMPLE_RATE_HZ = 24_000


def frame(pts_us: int, level: float = 0.5) -> MotionFrame:
    return MotionFrame(pts_us, np.full(N_BLENDSHAPES, round(level * 255) / 255, np.float32))


def block(index: int, *, level: float = 0.5, n_frames: int = 1) -> MediaBlock:
    """20 ms of a tone whose height tells the place in the turn."""
    t = np.arange(SAMPLE_RATE_HZ // 50) / SAMPLE_RATE_HZ
    tone = 0.5 * np.sin(2 * np.pi * (200 + 10 * index) * t)
    frames = tuple(frame(index * PACKET_US, level) for _ in range(n_frames))
    return MediaBlock(tone.astype(np.float32), b"", frames)


def packet(index: int, n_packets: int, *, turn_id: int = 1, epoch: int = 0) -> Packet:
    return Packet(
        turn_id=turn_id,
        req_id=f"r{turn_id}",
        epoch=epoch,
        pts_us=index * PACKET_US,
        block=block(index),
        start=index == 0,
        end=index == n_packets - 1,
        first_frame_s=0.0125 if index == 0 else None,
    )


def turn(n_packets: int, *, turn_id: int = 1, epoch: int = 0) -> list[Packet]:
    """A whole turn."""
    return [packet(index, n_packets, turn_id=turn_id, epoch=epoch) for index in range(n_packets)]


async def unanswered(message: ResponseAnimation) -> None:
    """Only one way out answers on the session's own socket."""
    raise AssertionError(message)


def make_request(
    config: EgressConfig,
    *,
    interrupt: Callable[[], None] = lambda: None,
    receive_audio: Callable[[str, bytes, bool], None] = lambda req_id, audio, end: None,
) -> EgressRequest:
    """A session that asks for a way out."""
    return EgressRequest(
        connection_id="c1",
        avatar_id="mia",
        config=config,
        input_rate_hz=SAMPLE_RATE_HZ,
        sample_rate_hz=SAMPLE_RATE_HZ,
        reply=unanswered,
        interrupt=interrupt,
        receive_audio=receive_audio,
    )


def make_services(
    setting: EgressSetting | None = None,
    *,
    renew_token: Callable[[str, int], str] | None = None,
    lead_s: float = 0.06,
    app_id: str = "a" * 32,
) -> EgressServices:
    """A server that offers ways out."""
    return EgressServices(
        setting=setting or EgressSetting(),
        hub=Hub({}, limits=ChannelLimits(10, 10)),
        app_id=app_id,
        renew_token=renew_token,
        lead_s=lead_s,
    )
