"""The extension in a TEN runtime: its interface towards the graph."""

import json
import logging
import time
from typing import Any

import pytest
import spatius_avatar_python
from guarder.motion_server import MotionServer
from guarder.record import Refusal
from guarder.stage import Received, Stage, Story, heard, perform

ADDON = "spatius_avatar_python"


def run(
    server: MotionServer, story: Story, top: dict[str, Any] | None = None, **params: object
) -> Received:
    given = {
        "spatius_api_key": "api-key-0123",
        "spatius_app_id": "app",
        "spatius_avatar_id": "avatar",
        "agora_appid": "0123456789abcdef0123456789abcdef",
        "agora_appcert": "fedcba9876543210fedcba9876543210",
        "agora_channel": "channel",
        "agora_uid": "2001",
        "console_endpoint_url": server.console_url,
        "ingress_endpoint_url": server.ingress_url,
        **params,
    }
    return perform(ADDON, {**(top or {}), "params": given}, server, story)


def bodies(received: Received, name: str) -> list[dict[str, Any]]:
    return [body for each, body in received.data if each == name]


def test_the_package_registers_its_addon() -> None:
    assert spatius_avatar_python.addon.SpatiusAvatarAddon is not None


def test_a_configuration_error_has_the_shape_that_upstream_pins() -> None:
    """R9: the pins of upstream's unit test."""

    async def story(stage: Stage) -> None:
        await stage.until(stage.errors, "the configuration was refused")

    with MotionServer() as server:
        received = perform(ADDON, {"params": {"spatius_api_key": ""}}, server, story)
    (error,) = bodies(received, "error")
    assert error["id"] == "0"
    assert error["module"] == "avatar"
    assert error["code"] == -1012
    assert error["vendor_info"]["vendor"] == "spatius"
    assert error["vendor_info"]["code"] == "ValueError"
    vendor = error["metadata"]["vendor_metadata"]
    assert vendor["name"] == "spatius"
    assert "url" not in vendor
    assert "key" not in vendor
    assert error["metadata"]["fatal"] is True


@pytest.mark.parametrize("signal", ["tts_audio_end", "finalize"])
def test_every_name_of_the_end_of_speech_ends_it(signal: str) -> None:
    """R1."""

    async def story(stage: Stage) -> None:
        await stage.speak(1, 0.2)
        await stage.send_data(signal)
        await stage.until_ended()

    with MotionServer() as server:
        run(server, story)
        assert server.utterances()[0].n_ends == 1


def test_the_command_drain_ends_it_too() -> None:
    """R1."""

    async def story(stage: Stage) -> None:
        await stage.speak(1, 0.2)
        assert (await stage.send_cmd("drain")).ok
        await stage.until_ended()

    with MotionServer() as server:
        run(server, story)
        assert server.utterances()[0].n_ends == 1


def test_a_turn_that_nobody_ends_is_ended() -> None:
    """R4: a graph without any end of speech must not keep the mouth open."""

    async def story(stage: Stage) -> None:
        await stage.speak(1, 0.2)
        await stage.until_ended()

    with MotionServer() as server:
        run(server, story, end_of_turn_s=0.3)


def test_a_flush_is_sent_on_when_asked_and_nobody_waits_for_its_result() -> None:
    """R5."""

    async def story(stage: Stage) -> None:
        result = await stage.flush()
        assert result.ok
        await stage.until(lambda: stage.received.cmds, "the flush was sent on")

    with MotionServer() as server:
        assert run(server, story, forward_flush=True).cmds == ["flush"]


def test_starting_does_not_wait_for_a_service_that_hangs() -> None:
    """R7, R14: connecting happens in the background, and stopping does not wait for it either."""

    async def story(stage: Stage) -> None:
        assert (await stage.flush()).ok

    with MotionServer() as server:
        server.hang()
        started_at = time.monotonic()
        run(server, story)
        assert time.monotonic() - started_at < 5.0


def test_playback_and_metrics_are_not_sent_unless_asked_for() -> None:
    """R16."""

    async def story(stage: Stage) -> None:
        await stage.speak(1, 0.2)
        await stage.end(1)
        await stage.until_ended()

    with MotionServer() as server:
        assert run(server, story).data == []


def test_playback_data_tells_what_was_heard() -> None:
    """R16."""

    async def story(stage: Stage) -> None:
        await stage.start(7)
        await stage.speak(7, 0.2)
        await stage.end(7)
        await stage.until(lambda: len(stage.received.data) >= 2, "playback was reported")
        await stage.speak(8, 5.0)
        await stage.until(lambda: len(stage.received.data) >= 3, "turn 8 has started")
        await stage.flush()
        await stage.until(lambda: len(stage.received.data) >= 4, "the interrupt was reported")

    with MotionServer() as server:
        events = bodies(run(server, story, playback_events="true"), "avatar_playback")
    told = [(event["turn_id"], event["state"]) for event in events]
    assert told == [("7", "started"), ("7", "ended"), ("8", "started"), ("8", "interrupted")]
    assert events[1]["played_ms"] == 200
    assert events[1]["request_id"] == "tts-request-7"
    assert events[3]["played_ms"] < 5000


def test_metrics_tell_how_long_things_took() -> None:
    """R16."""

    async def story(stage: Stage) -> None:
        await stage.until_connected()
        await stage.speak(1, 0.2)
        await stage.end(1)
        await stage.until(lambda: len(stage.received.data) >= 3, "metrics were sent")

    with MotionServer() as server:
        connected, started, ended = bodies(run(server, story, metrics=True), "metrics")
    assert connected["module"] == "avatar"
    assert connected["vendor"] == "spatius"
    assert 0 <= connected["metrics"]["connect_ms"] < 5000
    assert connected["metrics"]["reconnects"] == 0
    assert 0 <= started["metrics"]["queue_ms"] < 1000
    assert 0 <= started["metrics"]["first_frame_ms"] < 1000
    assert ended["metrics"]["played_ms"] == 200
    assert ended["metrics"]["dropped_ms"] == {}


def test_what_was_dropped_is_counted_by_reason() -> None:
    """R6, R16."""

    async def story(stage: Stage) -> None:
        await stage.until_connected()
        await stage.speak(1, 1.0)
        await stage.until(lambda: len(stage.received.data) >= 2, "turn 1 has started")
        await stage.flush()
        await stage.speak(1, 0.5)
        await stage.speak(2, 0.1)
        await stage.end(2)
        await stage.until_ended()
        await stage.until(
            lambda: (
                "2"
                in [body["id"] for _, body in stage.received.data if "played_ms" in body["metrics"]]
            ),
            "turn 2 was measured",
        )

    with MotionServer() as server:
        last = bodies(run(server, story, metrics=True), "metrics")[-1]
    assert last["metrics"]["dropped_ms"]["interrupted"] >= 500


def test_a_given_token_and_an_injected_channel_reach_the_service() -> None:
    """R10."""

    async def story(stage: Stage) -> None:
        await stage.until_connected()

    with MotionServer() as server:
        run(server, story, {"channel": "injected"}, agora_token="prebuilt-token")
        egress = server.sessions[0].configuration.agora_egress
    assert egress.channel_name == "injected"
    assert egress.token == "prebuilt-token"


def test_metadata_that_was_set_as_a_string_counts_too() -> None:
    """R2: some TTS extensions set JSON as a string property."""

    async def story(stage: Stage) -> None:
        await stage.send_frame(b"\x01\x00" * 480, metadata=json.dumps({"turn_id": 1}))  # type: ignore[arg-type]
        await stage.send_frame(b"\x02\x00" * 480, metadata=json.dumps({"turn_id": 2}))  # type: ignore[arg-type]
        await stage.end(2)
        await stage.until_ended(2)

    with MotionServer() as server:
        run(server, story)
        assert [heard(each.audio) for each in server.utterances()] == [{1: 480}, {2: 480}]


def test_one_line_says_how_it_is_set_up_and_shows_no_credential(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """R13."""
    caplog.set_level(logging.INFO)

    async def story(stage: Stage) -> None:
        await stage.until_connected()

    with MotionServer() as server:
        run(server, story)
    (line,) = [text for text in caplog.messages if "pcm_s16le" in text]
    for part in ("avatar", "app", "channel", "2001", "24000 Hz", "api key ***", "token generated"):
        assert part in line
    assert "api-key-0123" not in line


def test_a_session_that_ends_for_good_is_reported_once() -> None:
    """R7: although the service says so twice, with an error and with a close code."""

    async def story(stage: Stage) -> None:
        await stage.until_connected()
        server.send_error(13, "credits exhausted")
        server.close_sessions(4001, "credits exhausted")
        await stage.until(lambda: not stage.backend.is_connected(), "the session is over")
        await stage.until(stage.errors, "it was reported")
        assert (await stage.flush()).ok

    with MotionServer() as server:
        (error,) = bodies(run(server, story), "error")
    assert error["metadata"]["fatal"] is True
    assert error["code"] == -1


def test_an_error_that_repeats_is_told_once() -> None:
    """R7."""

    async def story(stage: Stage) -> None:
        await stage.until_connected()
        for _ in range(20):
            server.send_error(13, "motion engine hiccup")
        await stage.speak(1, 0.1)
        await stage.end(1)
        await stage.until_ended()

    with MotionServer() as server:
        (error,) = bodies(run(server, story), "error")
    assert error["metadata"]["fatal"] is False
    assert "motion engine hiccup" in error["message"]


def test_a_service_that_repeats_a_credential_does_not_make_us_repeat_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """R13."""

    async def story(stage: Stage) -> None:
        await stage.until(stage.errors, "the refusal was reported")

    with MotionServer() as server:
        server.refuse_token = Refusal(401, "unauthorized", "no such key: api-key-0123")
        (error,) = bodies(run(server, story), "error")
    assert "no such key: ***" in error["message"]
    assert "api-key-0123" not in str(error)
    assert "no such key: ***" in caplog.text
    assert "api-key-0123" not in caplog.text
