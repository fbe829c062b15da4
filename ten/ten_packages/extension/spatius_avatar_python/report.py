"""The JSON that goes into the graph: errors, metrics and playback, in TEN's own shapes."""

from collections.abc import Mapping
from dataclasses import dataclass

from .config import AvatarConfig
from .failure import Failure
from .playback import PlaybackEvent
from .turn import Turn

__all__ = ["CODE_CONFIG", "CODE_FORMAT", "CODE_SERVICE", "RateLimiter", "VendorInfo"]

CODE_CONFIG = -1012
CODE_SERVICE = -1
CODE_FORMAT = 1001

MODULE = "avatar"
VENDOR = "spatius"


class RateLimiter:
    """Lets the first of a kind through, then one per interval.

    Args:
        interval_s: Least time between two of a kind.
    """

    def __init__(self, *, interval_s: float) -> None:
        self._interval_s = interval_s
        self._last_at: dict[str, float] = {}
        self._suppressed: dict[str, int] = {}

    def admit(self, kind: str, *, now: float) -> int | None:
        """Return how many of a kind were held back before this one, or None to hold it back."""
        last_at = self._last_at.get(kind)
        if last_at is not None and now - last_at < self._interval_s:
            self._suppressed[kind] = self._suppressed.get(kind, 0) + 1
            return None
        self._last_at[kind] = now
        return self._suppressed.pop(kind, 0)


@dataclass(frozen=True, slots=True)
class VendorInfo:
    """What every message says about the service.

    Attributes:
        app_id: Spatius app ID.
        avatar_id: Avatar in use.
        region: Configured region.
        has_key: Whether an API key is set; the key itself is never shown.
        session_id: What the session is called when a message does not say.
    """

    app_id: str = ""
    avatar_id: str = ""
    region: str = ""
    has_key: bool = False
    session_id: str = ""

    @classmethod
    def from_config(cls, config: AvatarConfig) -> "VendorInfo":
        """Take it from a valid configuration."""
        return cls(
            app_id=config.service.app_id,
            avatar_id=config.service.avatar_id,
            region=config.service.region,
            has_key=bool(config.service.api_key),
            session_id=str(config.agora.uid),
        )

    @classmethod
    def from_properties(cls, properties: Mapping[str, object]) -> "VendorInfo":
        """Take what can be taken from properties that may be malformed."""
        params = properties.get("params")
        if not isinstance(params, Mapping):
            return cls()

        def text(name: str) -> str:
            value = params.get(name)
            return value.strip() if isinstance(value, str) else ""

        return cls(
            app_id=text("spatius_app_id"),
            avatar_id=text("spatius_avatar_id"),
            region=text("region"),
            has_key=bool(text("spatius_api_key")),
            session_id=text("agora_uid"),
        )

    def error(
        self,
        code: int,
        failure: Failure,
        turn: Turn | None,
        *,
        connection_id: str = "",
        suppressed: int = 0,
    ) -> dict[str, object]:
        """Return an ``error`` message."""
        metadata = self._metadata(turn, connection_id)
        metadata["fatal"] = failure.is_final
        if suppressed:
            metadata["suppressed"] = suppressed
        return {
            "id": _turn_id(turn),
            "module": MODULE,
            "code": code,
            "message": failure.message,
            "vendor_info": {"vendor": VENDOR, "code": failure.kind, "message": failure.message},
            "metadata": metadata,
        }

    def metrics(
        self, metrics: Mapping[str, object], turn: Turn | None, *, connection_id: str = ""
    ) -> dict[str, object]:
        """Return a ``metrics`` message."""
        return {
            "id": _turn_id(turn),
            "module": MODULE,
            "vendor": VENDOR,
            "metrics": dict(metrics),
            "metadata": self._metadata(turn, connection_id),
        }

    def playback(self, event: PlaybackEvent) -> dict[str, object]:
        """Return an ``avatar_playback`` message."""
        message: dict[str, object] = {
            "state": event.state.value,
            "turn_id": event.turn.key.turn or "",
            "request_id": event.turn.key.request or "",
            "played_ms": event.played_ms,
            "metadata": dict(event.turn.metadata),
        }
        if event.reason:
            message["reason"] = event.reason
        return message

    def _metadata(self, turn: Turn | None, connection_id: str) -> dict[str, object]:
        metadata: dict[str, object] = dict(turn.metadata) if turn else {}
        session_id = metadata.get("session_id") or connection_id or self.session_id
        if session_id:
            metadata["session_id"] = session_id
        vendor = {
            "name": VENDOR,
            "key": "***" if self.has_key else "",
            "region": self.region,
            "mode": "agora",
            "avatar_id": self.avatar_id,
            "avatar_session_id": connection_id,
            "app_id": self.app_id,
        }
        metadata["vendor_metadata"] = {name: value for name, value in vendor.items() if value}
        return metadata


def _turn_id(turn: Turn | None) -> str:
    turn_id = turn.metadata.get("turn_id") if turn else None
    return str(turn_id or 0)
