"""The Motion Server is killed in mid-sentence and started again: the next sentence is spoken."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from avamotion.audio.opus import OpusDecoder
from avamotion.demo.graph import running_graph
from avamotion.demo.invitation import AGENT_UID, CHANNEL_NODE_UID, Host
from avamotion.demo.recorder import Recorder, recording_viewer
from avamotion.demo.recording import TurnRecord
from avamotion.server.config import ServerConfig, generate_development_keys

pytestmark = pytest.mark.e2e

LONG = "This sentence is long enough to be cut off somewhere in the middle by a server that dies."
NEXT = "Here I am again."


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(
    config: ServerConfig, more: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Run ``avamotion serve``, listening, until the block ends; ``more`` is its environment."""
    environ = {
        **os.environ,
        "PYTHONUNBUFFERED": "1",
        "AVAMOTION_APP_ID": config.app.id,
        "AVAMOTION_APP_API_KEY": config.app.api_key.reveal(),
        "AVAMOTION_APP_SIGNING_KEY": config.app.signing_key.reveal(),
        "AVAMOTION_CHANNEL_APP_ID": config.channel.app_id,
        "AVAMOTION_CHANNEL_APP_CERTIFICATE": config.channel.app_certificate.reveal(),
        **(more or {}),
    }
    command = [sys.executable, "-m", "avamotion", "serve", "--port", str(config.listen.port)]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert "Motion Server on" in process.stdout.readline()
            yield process
        finally:
            process.kill()


def variables(config: ServerConfig) -> dict[str, str]:
    authority = f"127.0.0.1:{config.listen.port}"
    return {
        "SPATIUS_API_KEY": config.app.api_key.reveal(),
        "SPATIUS_APP_ID": config.app.id,
        "SPATIUS_AVATAR_ID": "mia",
        "SPATIUS_CONSOLE_ENDPOINT": f"http://{authority}/v1/console",
        "SPATIUS_INGRESS_ENDPOINT": f"ws://{authority}/v2/driveningress",
        "AGORA_APP_ID": config.channel.app_id,
        "AGORA_APP_CERTIFICATE": config.channel.app_certificate.reveal(),
        "AVAMOTION_CHANNEL": "lobby",
        "AVAMOTION_CHANNEL_URL": f"ws://{authority}/v1/channel",
        "AVAMOTION_GREETING": "",
    }


async def until_complete(viewer: Recorder) -> None:
    await viewer.wait_until(
        lambda recording: {AGENT_UID, CHANNEL_NODE_UID} <= recording.present,
        patience_s=30,
        failure="the graph did not come back",
    )


def loudness(turn: TurnRecord) -> float:
    decoder = OpusDecoder()
    sound = np.concatenate([decoder.decode(a.packet.opus) for a in turn.arrivals if a.packet.opus])
    return float(np.sqrt(np.mean(sound**2)))


def test_the_next_sentence_is_spoken_after_a_crash() -> None:
    config = generate_development_keys(ServerConfig())
    config = replace(config, listen=replace(config.listen, port=free_port()))
    url = f"ws://127.0.0.1:{config.listen.port}/v1/channel"
    host = Host(config, "lobby")

    async def die_in_mid_sentence(server: subprocess.Popen[str]) -> None:
        async with recording_viewer(url, host.invite(), publisher_uid=AGENT_UID) as viewer:
            await until_complete(viewer)
            await viewer.send("say", {"text": LONG}, to=CHANNEL_NODE_UID)
            await viewer.wait_until(
                lambda recording: sum(len(t.arrivals) for t in recording.turns) > 25,
                patience_s=30,
                failure="nothing was said",
            )
            server.send_signal(signal.SIGKILL)
            server.wait()
            assert not any(turn.ended for turn in viewer.recording.turns)

    async def speak_again() -> None:
        async with recording_viewer(url, host.invite(), publisher_uid=AGENT_UID) as viewer:
            await until_complete(viewer)
            await viewer.send("say", {"text": NEXT}, to=CHANNEL_NODE_UID)
            await viewer.wait_until(
                lambda recording: any(turn.ended for turn in recording.turns),
                patience_s=30,
                failure="the next sentence was not said",
            )
            (turn,) = viewer.recording.turns
            assert loudness(turn) > 0.01
            # Nothing of the old sentence is left in it: it is as short as it should be.
            assert len(turn.arrivals) < 3 * 50

    with running_graph(variables(config)):
        with serving(config) as server:
            asyncio.run(die_in_mid_sentence(server))
        with serving(config):
            asyncio.run(speak_again())
