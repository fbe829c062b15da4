"""Into the channel that we host."""

import time
from types import TracebackType
from typing import Self

from avamotion.channel.hub import Hub
from avamotion.channel.member import Member
from avamotion.channel.message import ChannelError, Join
from avamotion.egress.base import Egress
from avamotion.egress.registry import EgressRequest, EgressServices
from avamotion.errors import EgressInvalid, EgressRejected
from avamotion.playout.packet import MediaNeed, Packet
from avamotion.protocol.message import AgoraEgressConfig
from avamotion.protocol.payload import encode_media

__all__ = ["ChannelEgress", "check_agora_config", "open_channel"]


def open_channel(request: EgressRequest, services: EgressServices) -> Egress:
    """Return the way into the channel that a session asks for.

    Raises:
        EgressInvalid: A field is missing.
    """
    config = check_agora_config(request)
    join = Join(services.app_id, config.channel, config.uid, config.token)
    return ChannelEgress(services.hub, join)


def check_agora_config(request: EgressRequest) -> AgoraEgressConfig:
    """Return what a session asks of an Agora channel, ours or theirs.

    Raises:
        EgressInvalid: A field is missing.
    """
    config = request.config
    assert isinstance(config, AgoraEgressConfig)
    if not config.channel or not config.uid or not config.token:
        raise EgressInvalid("agora_egress needs channel_name, uid and token")
    return config


class ChannelEgress:
    """Publishes a session as one member of a hosted channel.

    Args:
        hub: The server's channels.
        join: Which channel, as whom, with which token.
    """

    def __init__(self, hub: Hub, join: Join) -> None:
        self._hub = hub
        self._join = join
        self._member: Member | None = None
        self._sequence = 0

    @property
    def need(self) -> MediaNeed:
        """Encoded once, however many viewers there are."""
        return MediaNeed.OPUS | MediaNeed.MOTION

    @property
    def paced(self) -> bool:
        """Viewers play as packets come."""
        return True

    async def send(self, packet: Packet) -> None:
        """Hand one packet to every viewer."""
        member = self._opened()
        if packet.start and packet.first_frame_s is not None:
            self._hub.announce_turn(
                member, turn_id=packet.turn_id, first_frame_s=packet.first_frame_s
            )
        block = packet.block
        self._hub.publish(
            member,
            encode_media(
                uid=member.uid,
                epoch=packet.epoch,
                turn=packet.turn_id,
                sequence=self._sequence,
                pts_us=packet.pts_us,
                opus=block.opus if block else b"",
                motion=block.motion if block else (),
                start=packet.start,
                end=packet.end,
            ),
        )
        self._sequence += 1

    async def clear(self, epoch: int) -> None:
        """Tell every viewer that older packets are stale."""
        self._hub.clear(self._opened(), epoch=epoch)

    async def __aenter__(self) -> Self:
        try:
            self._member = self._hub.join(
                self._join, publisher=True, now=time.time(), wake=self._drain
            )
        except ChannelError as exc:
            raise EgressRejected(exc.problem) from exc
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._member is not None:
            self._hub.leave(self._member)
            self._member = None

    def _opened(self) -> Member:
        if self._member is None:
            raise EgressRejected("the channel has not been joined")
        return self._member

    def _drain(self) -> None:
        """A publisher listens to nobody."""
        if self._member is not None:
            self._member.data_to_send()
