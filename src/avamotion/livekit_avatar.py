"""An avatar for LiveKit agents that send their voice through the room.

The agent's speech travels as a byte stream to the avatar's participant, which is the Motion Server
itself; that participant speaks it, and reports back what was heard::

    avatar = AvatarSession(avatar_id="mia")
    await avatar.start(session, ctx.room)
    await session.start(agent, room=ctx.room)

``livekit-plugins-spatius`` works with the Motion Server too; it sends the voice past the room.
"""

import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from livekit import api, rtc
from livekit.agents import AgentSession, get_job_context
from livekit.agents.voice.avatar import AvatarSession as BaseAvatarSession
from livekit.agents.voice.avatar import DataStreamAudioOutput
from spatius import AudioFormat, LiveKitEgressConfig, new_avatar_session

from avamotion.errors import ConfigError

__all__ = ["AvatarSession"]

_SAMPLE_RATE_HZ: Final = 24_000
_TOKEN_LIFETIME: Final = timedelta(hours=1)
# Attributes by which LiveKit's clients see who speaks for whom, and we whom to report to.
_ON_BEHALF_OF: Final = "lk.publish_on_behalf"
_AGENT_IDENTITY: Final = "livekit_agent_identity"


class AvatarSession(BaseAvatarSession[Literal["metrics_collected"]]):
    """Gives an agent a face; one instance for one session of the agent.

    Args:
        avatar_id: Which avatar.
        identity: The avatar's identity in the room.
        params: Session parameters of the Motion Server, like ``motion.intensity``.

    Where the Motion Server is and which keys fit is read from ``SPATIUS_APP_ID``,
    ``SPATIUS_API_KEY``, ``SPATIUS_CONSOLE_ENDPOINT`` and ``SPATIUS_INGRESS_ENDPOINT``; the room's
    server from ``LIVEKIT_URL``, ``LIVEKIT_API_KEY`` and ``LIVEKIT_API_SECRET``.
    """

    def __init__(
        self,
        *,
        avatar_id: str,
        identity: str = "avamotion-avatar",
        params: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        self._avatar_id = avatar_id
        self._identity = identity
        self._params = dict(params or {})
        self._motion_session: Any = None

    @property
    def avatar_identity(self) -> str:
        """The avatar's identity in the room."""
        return self._identity

    @property
    def provider(self) -> str:
        """Who renders the avatar, for metrics."""
        return "avamotion"

    async def start(self, agent_session: AgentSession[Any], room: rtc.Room) -> None:
        """Bring the avatar into the room and let it speak for the agent.

        Raises:
            ConfigError: If a variable of the environment is missing.
            spatius.AvatarSDKError: If the Motion Server refuses.
        """
        await super().start(agent_session, room)
        agent_identity = _agent_identity(room)
        attributes = {_ON_BEHALF_OF: agent_identity, _AGENT_IDENTITY: agent_identity}
        self._motion_session = new_avatar_session(
            api_key=_variable("SPATIUS_API_KEY"),
            app_id=_variable("SPATIUS_APP_ID"),
            avatar_id=self._avatar_id,
            console_endpoint_url=_variable("SPATIUS_CONSOLE_ENDPOINT"),
            ingress_endpoint_url=_variable("SPATIUS_INGRESS_ENDPOINT"),
            expire_at=datetime.now(UTC) + _TOKEN_LIFETIME,
            sample_rate=_SAMPLE_RATE_HZ,
            audio_format=AudioFormat.PCM_S16LE,
            extra_params=self._params,
            livekit_egress=LiveKitEgressConfig(
                url=_variable("LIVEKIT_URL"),
                api_token=self._token(room.name, attributes),
                room_name=room.name,
                publisher_id=self._identity,
                extra_attributes=attributes,
            ),
        )
        await self._motion_session.init()
        await self._motion_session.start()
        agent_session.output.replace_audio_tail(
            DataStreamAudioOutput(
                room,
                destination_identity=self._identity,
                sample_rate=_SAMPLE_RATE_HZ,
                wait_playback_start=True,
            )
        )

    async def aclose(self) -> None:
        """Take the avatar out of the room."""
        session, self._motion_session = self._motion_session, None
        if session is not None:
            await session.close()
        await super().aclose()

    def _token(self, room_name: str, attributes: dict[str, str]) -> str:
        grants = api.VideoGrants(
            room_join=True,
            room=room_name,
            can_publish=True,
            can_publish_data=True,
            can_update_own_metadata=True,
        )
        return (
            api.AccessToken(_variable("LIVEKIT_API_KEY"), _variable("LIVEKIT_API_SECRET"))
            .with_kind("agent")
            .with_identity(self._identity)
            .with_name(self._identity)
            .with_ttl(_TOKEN_LIFETIME)
            .with_attributes(attributes)
            .with_grants(grants)
            .to_jwt()
        )


def _agent_identity(room: rtc.Room) -> str:
    job = get_job_context(required=False)
    return job.local_participant_identity if job is not None else room.local_participant.identity


def _variable(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise ConfigError(f"{name} is not set")
    return value
