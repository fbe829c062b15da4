"""A LiveKit agent with a face: `python examples/livekit_agent.py dev`.

pip install 'avamotion[livekit]' livekit-agents spatius; start `avamotion serve` and export what it
prints, and LIVEKIT_URL, LIVEKIT_API_KEY, LIVEKIT_API_SECRET.
"""

import asyncio
from collections.abc import AsyncIterator

import numpy as np
from livekit import agents, rtc

from avamotion.livekit_avatar import AvatarSession


async def voice() -> AsyncIterator[rtc.AudioFrame]:
    """Two seconds of a humming voice, in place of a TTS."""
    for index in range(100):
        t = (np.arange(480) + index * 480) / 24_000
        hum = 0.3 * np.sin(2 * np.pi * 150 * t) * (1 + np.sin(2 * np.pi * 3 * t))
        yield rtc.AudioFrame((hum * 32767).astype("<i2").tobytes(), 24_000, 1, 480)


async def entrypoint(ctx: agents.JobContext) -> None:
    """Join the room, bring the avatar, speak."""
    await ctx.connect()
    session: agents.AgentSession[None] = agents.AgentSession()
    avatar = AvatarSession(avatar_id="mia")
    await avatar.start(session, ctx.room)
    await session.start(agents.Agent(instructions="Greet the user."), room=ctx.room)
    await session.say("Hmm.", audio=voice()).wait_for_playout()
    await asyncio.Event().wait()


if __name__ == "__main__":
    agents.cli.run_app(agents.WorkerOptions(entrypoint_fnc=entrypoint))
