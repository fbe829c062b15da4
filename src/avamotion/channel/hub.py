"""The channels that we host: who is in them, and who receives what. Sans-I/O."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from avamotion.channel.member import Member
from avamotion.channel.message import ChannelError, Join, MemberMessage, encode_text
from avamotion.errors import AuthError
from avamotion.tokens.agora import TokenExpired, verify_token

__all__ = ["ChannelLimits", "Hub"]

_VERSION = 1


@dataclass(frozen=True, slots=True)
class ChannelLimits:
    """How much a channel may hold.

    Attributes:
        max_members: Members of one channel.
        max_packets: Media packets that may wait for one member.
    """

    max_members: int
    max_packets: int


@dataclass(slots=True)
class _Channel:
    members: dict[int, Member] = field(default_factory=dict)


class Hub:
    """All channels of one server.

    Args:
        certificates: App Certificate of each Agora App ID that may be used here.
        limits: How much a channel may hold.
    """

    def __init__(self, certificates: Mapping[str, str], *, limits: ChannelLimits) -> None:
        self._certificates = certificates
        self._limits = limits
        self._channels: dict[tuple[str, str], _Channel] = {}
        self._homes: dict[Member, tuple[str, str]] = {}

    @property
    def n_members(self) -> int:
        """Members of all channels."""
        return len(self._homes)

    def join(self, join: Join, *, publisher: bool, now: float, wake: Callable[[], None]) -> Member:
        """Let a member in and tell the others.

        Args:
            join: What it asks for.
            publisher: Whether it will publish sound and motion.
            now: Current Unix time in seconds.
            wake: Called when something waits for it; must return at once.

        Raises:
            ChannelError: If it may not come in.
        """
        self.check(join, now=now)
        home = (join.app_id, join.channel)
        channel = self._channels.get(home, _Channel())
        if join.uid in channel.members:
            raise ChannelError(
                "uid_taken",
                f"uid {join.uid} is already in channel {join.channel}: "
                "give every member its own uid",
                4009,
            )
        if len(channel.members) >= self._limits.max_members:
            raise ChannelError(
                "channel_full",
                f"channel {join.channel} already has {self._limits.max_members} members",
                4029,
            )
        member = Member(
            join.uid,
            join.channel,
            publisher=publisher,
            max_packets=self._limits.max_packets,
            wake=wake,
            voices=join.voices,
        )
        others = [
            {"uid": other.uid, "publisher": other.publisher, "epoch": other.epoch}
            for other in channel.members.values()
        ]
        member.enqueue_text(encode_text("joined", version=_VERSION, uid=member.uid, members=others))
        joined = encode_text(
            "member_joined", uid=member.uid, publisher=publisher, epoch=member.epoch
        )
        for other in channel.members.values():
            other.enqueue_text(joined)
        channel.members[member.uid] = member
        self._channels[home] = channel
        self._homes[member] = home
        return member

    def leave(self, member: Member) -> None:
        """Let a member go and tell the others. A member that is gone may go again."""
        home = self._homes.pop(member, None)
        if home is None:
            return
        channel = self._channels[home]
        del channel.members[member.uid]
        if not channel.members:
            del self._channels[home]
        left = encode_text("member_left", uid=member.uid)
        for other in channel.members.values():
            other.enqueue_text(left)

    def publish(self, member: Member, packet: bytes) -> None:
        """Send a media packet to all others of the member's channel."""
        for other in self._channels[self._homes[member]].members.values():
            if not other.publisher:
                other.enqueue_packet(packet)

    def speak(self, member: Member, packet: bytes) -> None:
        """Send what a member says to those who want to hear it."""
        for other in self._others(member):
            if other.voices:
                other.enqueue_packet(packet)

    def announce_turn(self, member: Member, *, turn_id: int, first_frame_s: float) -> None:
        """Tell the others that a turn of this publisher begins."""
        self._tell(
            member,
            encode_text(
                "turn",
                uid=member.uid,
                turn=turn_id,
                epoch=member.epoch,
                first_frame_ms=round(first_frame_s * 1000, 1),
            ),
        )

    def clear(self, member: Member, *, epoch: int) -> None:
        """Tell the others to drop what they hold of this publisher's older epochs."""
        member.epoch = epoch
        self._tell(member, encode_text("clear", uid=member.uid, epoch=epoch))

    def deliver(self, member: Member, message: MemberMessage) -> None:
        """Hand a member's message on."""
        text = encode_text(
            "message", **{"from": member.uid}, topic=message.topic, data=message.data
        )
        for other in self._others(member):
            if message.to in (None, other.uid):
                other.enqueue_text(text)

    def _tell(self, member: Member, text: str) -> None:
        for other in self._others(member):
            other.enqueue_text(text)

    def _others(self, member: Member) -> Iterable[Member]:
        channel = self._channels[self._homes[member]]
        return [other for other in channel.members.values() if other is not member]

    def check(self, join: Join, *, now: float) -> None:
        """Check a member's token, without letting it in.

        Args:
            join: What it would ask for.
            now: Current Unix time in seconds.

        Raises:
            ChannelError: If the token does not let it in.
        """
        certificate = self._certificates.get(join.app_id)
        if certificate is None:
            raise ChannelError(
                "app_unknown", f"this server does not host App ID {join.app_id}", 4010
            )
        try:
            verify_token(
                join.token,
                app_id=join.app_id,
                app_certificate=certificate,
                channel=join.channel,
                uid=join.uid,
                now=now,
            )
        except TokenExpired as exc:
            raise ChannelError("token_expired", str(exc), 4011) from exc
        except AuthError as exc:
            raise ChannelError("token_invalid", str(exc), 4010) from exc
