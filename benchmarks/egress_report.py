"""The figures of every way out, as JSON.

    python -m benchmarks.egress_report --out FILE [--seconds 30]

Needs the dev packages, Node, Chromium, and the web client: npm run build -w @avamotion/client.
"""

import argparse
import asyncio
import json
import operator
import os
import platform
import random
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from spatius import configure_telemetry

from avamotion.egress import agora_sdk
from avamotion.egress.agora import AgoraEgress
from avamotion.egress.livekit import LiveKitEgress
from avamotion.egress.setting import AgoraSetting, EgressSetting
from avamotion.protocol.message import AgoraEgressConfig
from avamotion.protocol.sei import SeiFlag, SeiPacket, decode_sei_body, encode_access_unit
from benchmarks.rtc.measure import measure_player, measure_viewers
from tests.agora_reader import read_with_agora
from tests.e2e import test_livekit, test_livekit_agents
from tests.e2e.chromium import find_chromium
from tests.e2e.computed_speech import speech
from tests.e2e.running_server import running_server
from tests.e2e.test_official_client import Client
from tests.egress.agora_stand_in import NativeAgora, fetch_sdk, imported_sdk
from tests.egress.memory_room import MemoryLiveKit
from tests.egress.packets import make_services, turn
from tests.protocol.native_reader import nal_units, native_body

N_SEI = 1000


def sei_figures() -> dict[str, Any]:
    """A thousand packets through the writer, read back by Agora's reader and by a native one."""
    dice = random.Random(1)
    packets = [
        SeiPacket(SeiFlag.IDLE),
        SeiPacket(SeiFlag.TO_SPEECH, None, dice.randbytes(90)),
        *(SeiPacket(SeiFlag(0), k, dice.randbytes(150 + k % 150)) for k in range(N_SEI - 3)),
        SeiPacket(SeiFlag.TO_IDLE, None, dice.randbytes(90)),
    ]
    began = time.perf_counter()
    units = [encode_access_unit(packet) for packet in packets]
    encode_us = (time.perf_counter() - began) / N_SEI * 1e6
    bodies = read_with_agora(units)
    web = [None if body is None else decode_sei_body(body) for body in bodies]
    native = [decode_sei_body(native_body(unit)) for unit in units]
    emulation = [nal_units(unit)[0].count(b"\0\0\3") for unit in units]
    return {
        "packets": N_SEI,
        "read_back_by_agora_rtc_sdk_ng": sum(map(operator.eq, web, packets)),
        "read_back_by_native_rules": sum(map(operator.eq, native, packets)),
        "emulation_bytes_at_most": max(emulation),
        "bytes_mean": round(float(np.mean([len(unit) for unit in units]))),
        "encode_us": round(encode_us, 1),
    }


async def livekit_flush() -> dict[str, Any]:
    """Interrupt a sentence in a room; the sound is tapped behind the real audio source."""
    livekit = MemoryLiveKit()
    agent = test_livekit.Agent(livekit)
    await agent.join()
    clock = asyncio.get_running_loop().time
    late_ms = []
    async with test_livekit.way(livekit) as egress:
        assert isinstance(egress, LiveKitEgress)
        for epoch in range(5):
            await test_livekit.send(egress, turn(100, turn_id=epoch + 1, epoch=epoch)[:40])
            cleared_at = clock()
            await egress.clear(epoch + 1)
            await asyncio.sleep(0.5)
            last_loud = max(test_livekit.loud(test_livekit.avatar(livekit)))
            late_ms.append(1000 * (last_loud - cleared_at))
    return {"flush_ms": {"max": round(max(late_ms), 1), "n": len(late_ms)}}


def livekit_figures() -> dict[str, Any]:
    """The published plugin and a minimal agent with a real server: turn, interrupt, close."""
    results: dict[str, Any] = asyncio.run(livekit_flush())
    with running_server() as server, pytest.MonkeyPatch.context() as patch:
        stories = {
            "livekit_plugins_spatius": lambda: (
                test_livekit_agents.test_the_published_plugin_completes_a_turn_an_interrupt_and_a_close(
                    server, "ogg_opus"
                )
            ),
            "avatar_session_through_the_room": lambda: (
                test_livekit_agents.test_an_agent_that_speaks_through_the_room_is_given_a_face(
                    server, patch
                )
            ),
        }
        for name, story in stories.items():
            positions: list[dict[str, Any]] = []
            patch.setattr(test_livekit_agents, "note_position", positions.append)
            story()
            results[name] = positions
    return results


def agora_flush() -> dict[str, Any]:
    """Interrupt a sentence on the way to Agora; nothing of it may be pushed afterwards."""

    async def story() -> dict[str, Any]:
        setting = EgressSetting(agora=AgoraSetting(backend="agora"))
        config = AgoraEgressConfig(channel="lobby", token="007", uid=2001, publisher_id="2001")
        async with AgoraEgress(config, make_services(setting), sample_rate_hz=24_000) as egress:
            for packet in turn(50)[:21]:
                await egress.send(packet)
            n_sounds = len(native.named("agora_audio_pcm_data_sender_send"))
            n_units = len(native.named("agora_video_encoded_image_sender_send"))
            await egress.clear(1)
            await asyncio.sleep(0.5)
        units = native.named("agora_video_encoded_image_sender_send")[n_units:]
        packets = [decode_sei_body(native_body(unit)) for unit, _ in units]
        return {
            "ms_of_fading_sound_after_flush": sum(
                len(np.trim_zeros(np.frombuffer(pcm, "<i2"), "b")) / 24
                for pcm, *_ in native.named("agora_audio_pcm_data_sender_send")[n_sounds:]
            ),
            "animation_packets_after_flush": sum(p.sequence is not None for p in packets),
            "sdk_buffer_cleared": bool(native.named("agora_local_audio_track_clear_sender_buffer")),
            "sdk_calls_inside_callbacks": len(native.faults),
        }

    native = NativeAgora(on_connect=lambda native: native.tell("on_connected", 1))
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(agora_sdk, "_sdk", None)
        patch.setattr(agora_sdk, "_service", None)
        with imported_sdk(fetch_sdk(Path(folder)), native, patch):
            return asyncio.run(story())


def socket_flush() -> dict[str, Any]:
    """Interrupt a request whose motion comes back on the socket."""

    async def story() -> int:
        client = Client(server)
        async with client.session as session, asyncio.timeout(30):
            await session.send_audio(speech(24000, 20.0), end=True)
            while len(client.messages) < 5:
                await asyncio.sleep(0.01)
            await session.interrupt()
            await asyncio.sleep(0.2)
            n_messages = len(client.messages)
            await asyncio.sleep(1)
            return len(client.messages) - n_messages

    with running_server() as server:
        return {"messages_later_than_200_ms_after_flush": asyncio.run(story())}


def main() -> None:
    """Measure, and write the report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=30.0)
    options = parser.parse_args()
    chromium = find_chromium()
    configure_telemetry("")  # the official client reports to its vendor by default

    def player(transport: str, loss: float) -> dict[str, Any]:
        return asyncio.run(
            measure_player(
                transport, loss=loss, seconds=options.seconds, flushes=10, chromium=chromium
            )
        ).as_json()

    report: dict[str, Any] = {
        "machine": {
            "cpus": os.cpu_count(),
            "python": platform.python_version(),
            "load_before": round(os.getloadavg()[0], 1),
        },
        "sei": sei_figures(),
        "socket": socket_flush(),
        "agora": agora_flush(),
        "livekit": livekit_figures(),
        "hosted_websocket": player("ws", 0.0),
        "webrtc": player("rtc", 0.0),
        "webrtc_2_percent_loss": player("rtc", 0.02),
        "webrtc_viewers": asyncio.run(measure_viewers(30, seconds=options.seconds / 2)),
    }
    options.out.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
