"""A TEN app folder with the extension in it, run as its own process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import ten_runtime
from guarder.motion_server import MotionServer
from guarder.stage import heard

PACKAGE = Path(__file__).resolve().parents[2]

# Speaks two sentences in real time, then closes the app by stopping to speak.
SPEAKER = """
import asyncio, json
from ten_runtime import (
    Addon, AsyncExtension, AudioFrame, Data, register_addon_as_extension
)


class Speaker(AsyncExtension):
    async def on_start(self, ten_env):
        self.task = asyncio.create_task(self.speak(ten_env))

    async def speak(self, ten_env):
        for turn in (1, 2):
            key = {"request_id": f"r{turn}", "metadata": {"turn_id": turn}}
            await self.signal(ten_env, "tts_audio_start", key)
            for _ in range(50):
                frame = AudioFrame.create("pcm_frame")
                frame.set_sample_rate(24000)
                frame.set_bytes_per_sample(2)
                frame.set_number_of_channels(1)
                frame.alloc_buf(960)
                view = frame.lock_buf()
                view[:] = bytes([turn, 0]) * 480
                frame.unlock_buf(view)
                frame.set_property_from_json("metadata", json.dumps(key["metadata"]))
                await ten_env.send_audio_frame(frame)
                await asyncio.sleep(0.02)
            await self.signal(ten_env, "tts_audio_end", {**key, "reason": 1})

    async def signal(self, ten_env, name, body):
        data = Data.create(name)
        data.set_property_from_json(None, json.dumps(body))
        await ten_env.send_data(data)


@register_addon_as_extension("speaker")
class SpeakerAddon(Addon):
    def on_create_instance(self, ten_env, name, context):
        ten_env.on_create_instance_done(Speaker(name), context)
"""


def make_app(directory: Path) -> None:
    """Write an app whose graph is speaker → avatar."""
    extensions = directory / "ten_packages" / "extension"
    (extensions / "speaker").mkdir(parents=True)
    (extensions / "spatius_avatar_python").symlink_to(PACKAGE)
    (extensions / "speaker" / "__init__.py").write_text(SPEAKER, encoding="utf-8")
    (extensions / "speaker" / "manifest.json").write_text(
        json.dumps({"type": "extension", "name": "speaker", "version": "0.1.0"}), encoding="utf-8"
    )
    (directory / "manifest.json").write_text(
        json.dumps({"type": "app", "name": "talk", "version": "0.1.0"}), encoding="utf-8"
    )
    names = ["tts_audio_start", "tts_audio_end"]
    to_avatar = [{"extension": "avatar"}]
    avatar = {
        "spatius_api_key": "api-key-0123",
        "spatius_app_id": "app",
        "spatius_avatar_id": "avatar",
        "agora_appid": "0123456789abcdef0123456789abcdef",
        "agora_appcert": "fedcba9876543210fedcba9876543210",
        "agora_channel": "channel",
        "agora_uid": "2001",
        "sample_rate": "${env:RATE|24000}",
    }
    graph = {
        "nodes": [
            {"type": "extension", "name": "tts", "addon": "speaker"},
            {
                "type": "extension",
                "name": "avatar",
                "addon": "spatius_avatar_python",
                "property": {"params": avatar},
            },
        ],
        "connections": [
            {
                "extension": "tts",
                "audio_frame": [{"name": "pcm_frame", "dest": to_avatar}],
                "data": [{"names": names, "dest": to_avatar}],
            }
        ],
    }
    graphs = [{"name": "talk", "auto_start": True, "graph": graph}]
    (directory / "property.json").write_text(
        json.dumps({"ten": {"predefined_graphs": graphs}}), encoding="utf-8"
    )


def test_a_graph_survives_a_server_that_is_killed_and_restarted_in_mid_sentence(
    tmp_path: Path,
) -> None:
    """R7, R10: endpoints come from the environment, as the shipped property.json says."""
    make_app(tmp_path)
    with MotionServer() as server:
        environment = {
            **os.environ,
            "PYTHONPATH": str(Path(ten_runtime.__file__).parents[1]),
            "SPATIUS_CONSOLE_ENDPOINT": server.console_url,
            "SPATIUS_INGRESS_ENDPOINT": server.ingress_url,
        }
        app = subprocess.Popen(
            [sys.executable, "-m", "ten_runtime", str(tmp_path)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            server.wait_for(lambda: server.n_bytes() > 9600, "the first sentence is heard", 20.0)
            with server.down():
                pass
            server.wait_for(
                lambda: any(each.ended for each in server.utterances()),
                "the second sentence is over",
                20.0,
            )
        finally:
            app.terminate()
            output, _ = app.communicate(timeout=20)
    first, second = server.utterances()
    assert set(heard(first.audio)) == {1}
    assert not first.ended
    assert heard(second.audio) == {2: 24000}
    assert "Traceback" not in output
