"""Into an Agora channel: PCM on an audio track, motion in the SEI of a tiny video track."""

import asyncio
import time
from types import TracebackType
from typing import Final, Self

from avamotion.audio.pcm import encode_pcm
from avamotion.channel.message import encode_text
from avamotion.egress.agora_link import AgoraLink, LinkTimeouts
from avamotion.egress.agora_sdk import load_sdk, open_service
from avamotion.egress.base import Egress
from avamotion.egress.channel import check_agora_config
from avamotion.egress.registry import EgressRequest, EgressServices
from avamotion.egress.sei_stream import SeiStream
from avamotion.egress.sound_tail import SoundTail
from avamotion.errors import EgressInvalid, EgressRejected
from avamotion.playout.packet import MediaNeed, Packet
from avamotion.protocol.message import AgoraEgressConfig
from avamotion.protocol.sei import SEI_FPS, SeiPacket, encode_access_unit

__all__ = ["AgoraEgress", "open_agora"]

_FRAME_S: Final = 1 / SEI_FPS
# What the SDK holds of the future, an interrupt must drop; it can be trusted with this much.
_MAX_LEAD_S: Final = 0.15
# Stream messages travel unreliably: an interrupt is told this often, one frame apart.
_N_CLEARS: Final = 3


def open_agora(request: EgressRequest, services: EgressServices) -> Egress:
    """Return the way into the Agora channel that a session asks for.

    Raises:
        EgressInvalid: A field is missing, or a setting does not fit.
    """
    config = check_agora_config(request)
    if services.lead_s > _MAX_LEAD_S:
        raise EgressInvalid(
            f"agora_egress: playout.lead_ms must be at most {_MAX_LEAD_S * 1000:g} with Agora"
        )
    return AgoraEgress(config, services, sample_rate_hz=request.sample_rate_hz)


class AgoraEgress:
    """Publishes a session as one member of an Agora channel.

    Packets go out at once. Between turns a clock of its own keeps the video track alive with idle
    pictures, because a reader takes a silent track for a lost one.

    Args:
        config: Which channel, as whom, with which token.
        services: App ID, settings and the way to a new token.
        sample_rate_hz: Of the sound that will come.
    """

    def __init__(
        self, config: AgoraEgressConfig, services: EgressServices, *, sample_rate_hz: int
    ) -> None:
        self._config = config
        self._rate_hz = sample_rate_hz
        self._tail = SoundTail(sample_rate_hz)
        self._services = services
        self._stream = SeiStream()
        self._link: AgoraLink | None = None
        self._ticker: asyncio.Task[None] | None = None
        self._clear_message = b""
        self._clears_left = 0

    @property
    def need(self) -> MediaNeed:
        """The SDK encodes."""
        return MediaNeed.SAMPLES | MediaNeed.FRAMES

    @property
    def paced(self) -> bool:
        """Viewers play as packets come."""
        return True

    async def send(self, packet: Packet) -> None:
        """Publish one packet."""
        link = self._opened()
        if packet.start and packet.first_frame_s is not None:
            link.send_message(
                encode_text(
                    "turn",
                    uid=self._config.uid,
                    turn=packet.turn_id,
                    epoch=packet.epoch,
                    first_frame_ms=round(packet.first_frame_s * 1000, 1),
                ).encode()
            )
        if packet.block is not None:
            samples = packet.block.samples
            self._tail.push(samples, now=time.monotonic())
            link.push_audio(encode_pcm(samples), self._rate_hz)
        self._publish(link, self._stream.receive_packet(packet))

    async def clear(self, epoch: int) -> None:
        """Drop what the SDK holds, and tell the viewers to drop what they hold.

        Viewers of other makes are not told: for them the sound fades and the face comes to rest.
        """
        link = self._opened()
        self._clear_message = encode_text("clear", uid=self._config.uid, epoch=epoch).encode()
        link.send_message(self._clear_message)
        self._clears_left = _N_CLEARS - 1
        link.drop_audio()
        faded = self._tail.cut(now=time.monotonic())
        if len(faded):
            link.push_audio(encode_pcm(faded), self._rate_hz)
        self._publish(link, self._stream.clear())

    async def __aenter__(self) -> Self:
        setting = self._services.setting.agora
        sdk = await asyncio.to_thread(load_sdk)
        service = await asyncio.to_thread(
            open_service, sdk, self._services.app_id, log_folder=setting.log_folder
        )
        link = AgoraLink(
            sdk,
            service,
            channel=self._config.channel,
            uid=self._config.uid,
            token=self._config.token,
            renew_token=self._services.renew_token,
            timeouts=LinkTimeouts(
                connect_s=setting.connect_timeout_s, rejoin_s=setting.rejoin_timeout_s
            ),
        )
        await link.open()
        self._link = link
        self._ticker = asyncio.create_task(self._tick(link))
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._ticker is not None:
            self._ticker.cancel()
            await asyncio.gather(self._ticker, return_exceptions=True)
        link, self._link = self._link, None
        if link is not None:
            await link.close()

    async def _tick(self, link: AgoraLink) -> None:
        clock = asyncio.get_running_loop().time
        due = clock()
        while link.failure is None:
            if not self._stream.speaking:
                link.push_video(encode_access_unit(self._stream.idle()))
            if self._clears_left:
                self._clears_left -= 1
                link.send_message(self._clear_message)
            due = max(due + _FRAME_S, clock())
            await asyncio.sleep(due - clock())

    def _publish(self, link: AgoraLink, packets: list[SeiPacket]) -> None:
        for packet in packets:
            link.push_video(encode_access_unit(packet))

    def _opened(self) -> AgoraLink:
        if self._link is None:
            raise EgressRejected("the Agora channel has not been joined")
        return self._link
