"""Settings of the ways out: the ``[egress]`` table."""

from dataclasses import dataclass, field

__all__ = ["AgoraSetting", "EgressSetting", "LiveKitSetting"]


@dataclass(frozen=True, slots=True)
class AgoraSetting:
    """Where a session that asks for Agora is published.

    Attributes:
        backend: ``hosted`` for the channel that this server hosts, ``agora`` for Agora, or the
            name of an egress of your own.
        connect_timeout_s: Within which Agora must let us in.
        rejoin_timeout_s: How long a lost channel is tried again before the session ends.
        log_folder: Where Agora's SDK keeps its log; empty for the system's temporary folder.
    """

    backend: str = "hosted"
    connect_timeout_s: float = 8.0
    rejoin_timeout_s: float = 30.0
    log_folder: str = ""


@dataclass(frozen=True, slots=True)
class LiveKitSetting:
    """How rooms are joined.

    Attributes:
        connect_timeout_s: Within which a room must let us in.
        rpc_timeout_s: Within which an agent must answer a playback notice.
    """

    connect_timeout_s: float = 8.0
    rpc_timeout_s: float = 5.0


@dataclass(frozen=True, slots=True)
class EgressSetting:
    """How sessions are published.

    Attributes:
        record: A folder in which every session is kept as sound and motion; empty for none.
        agora: Sessions that ask for Agora.
        livekit: Sessions that ask for LiveKit.
    """

    record: str = ""
    agora: AgoraSetting = field(default_factory=AgoraSetting)
    livekit: LiveKitSetting = field(default_factory=LiveKitSetting)
