"""The other published clients, unmodified, against a real server: ``spatialreal``, ``avatarkit``,
and ``livekit-plugins-spatius`` as far as it comes without a room."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from avamotion.server.config import PlayoutConfig, SessionConfig
from tests.e2e.running_server import RunningServer, running_server

pytestmark = pytest.mark.e2e

HERE = Path(__file__).parent
OLDER = ["spatialreal", "avatarkit"]


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running_server() as running:
        yield running


def drive(script: str, plan: dict[str, Any]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, str(HERE / script)],
        input=json.dumps(plan),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def follow(
    server: RunningServer,
    package: str,
    *steps: tuple[object, ...],
    arguments: Mapping[str, object] | None = None,
    **plan: object,
) -> dict[str, Any]:
    arguments = {
        "api_key": server.config.app.api_key.reveal(),
        "app_id": server.config.app.id,
        "console_endpoint_url": server.console,
        "ingress_endpoint_url": server.ingress,
        **(arguments or {}),
    }
    return drive(
        "other_client.py", {"package": package, "arguments": arguments, "steps": steps, **plan}
    )


def agora(server: RunningServer, uid: int = 2001) -> dict[str, object]:
    return {
        "channel_name": "lobby",
        "token": server.agora_token(uid),
        "uid": uid,
        "publisher_id": "avatar",
    }


@pytest.mark.parametrize("package", OLDER)
@pytest.mark.parametrize("use_query_auth", [False, True])
def test_motion_comes_back_on_the_socket(
    server: RunningServer, package: str, use_query_auth: bool
) -> None:
    result = follow(
        server,
        package,
        ("start",),
        ("speak", 1.0, True),
        ("until", "signal", True),
        arguments={"use_query_auth": use_query_auth},
    )
    assert result["errors"] == []
    assert [end for _, end, _ in result["signals"]] == [False] * (len(result["signals"]) - 1) + [
        True
    ]
    assert len(result["signals"]) == 50
    # Only one of the two tells its user.
    assert result["capabilities"] == (["style_change"] if package == "spatialreal" else [])


def test_opus_of_avatarkit_is_understood(server: RunningServer) -> None:
    result = follow(
        server,
        "avatarkit",
        ("start",),
        ("speak", 1.0, True),
        ("until", "signal", True),
        opus=True,
    )
    assert result["errors"] == []
    assert len(result["signals"]) in (50, 51, 52)


def test_spatialreal_hears_how_the_playback_stands(server: RunningServer) -> None:
    result = follow(
        server,
        "spatialreal",
        ("start",),
        ("speak", 0.4, True),
        ("until", "state", "playing"),
        ("pause",),
        ("until", "state", "paused"),
        ("speak", 0.2, True),
        ("pause",),
        ("resume",),
        ("until", "state", "ended"),
        ("until", "signal", True),
        agora=agora(server),
    )
    assert result["errors"] == []
    assert result["capabilities"] == ["playback_state", "playback_control", "style_change"]
    first, second = result["req_ids"]
    states = result["states"]
    assert [(req, state) for req, state, _, _ in states[:5]] == [
        (first, "playing"),
        (first, "paused"),
        (first, "paused"),
        (first, "playing"),
        (first, "ended"),
    ]
    assert states[1][2] == states[2][2] == states[3][2] < 400 == states[4][2]
    assert not any(has_animation for _, _, has_animation in result["signals"])
    ends = [req for req, end, _ in result["signals"] if end]
    assert ends[:1] == [first]
    assert set(ends) <= {first, second}


def test_spatialreal_hears_that_it_was_interrupted(server: RunningServer) -> None:
    result = follow(
        server,
        "spatialreal",
        ("start",),
        ("speak", 5.0, True),
        ("speak", 5.0, True),
        ("until", "state", "playing"),
        ("interrupt",),
        ("until", "state", "interrupted"),
        agora=agora(server),
    )
    assert result["errors"] == []
    (first, one), (second, two) = [(r, s) for r, s, _, why in result["states"] if why == "explicit"]
    assert [first, second] == result["req_ids"]
    assert one == two == "interrupted"


def test_a_pause_that_lasts_too_long_is_named() -> None:
    with running_server(playout=PlayoutConfig(pause_limit_s=0.1)) as hasty:
        result = follow(
            hasty,
            "spatialreal",
            ("start",),
            ("speak", 5.0, True),
            ("until", "state", "playing"),
            ("pause",),
            ("until", "state", "interrupted"),
            agora=agora(hasty),
        )
    assert result["states"][-1][3] == "pause_timeout"


@pytest.mark.parametrize("package", OLDER)
@pytest.mark.parametrize(
    ("change", "status", "spatialreal", "avatarkit"),
    [
        ({"api_key": "wrong"}, 401, "sessionTokenInvalid", "sessionTokenExpired"),
        ({"app_id": "app_other"}, 400, "connectionFailed", "appIDMismatch"),
        ({"avatar_id": "nobody"}, 404, "connectionFailed", "avatarNotFound"),
    ],
)
def test_refusals_are_classified_as_each_client_can(
    server: RunningServer,
    package: str,
    change: dict[str, str],
    status: int,
    spatialreal: str,
    avatarkit: str,
) -> None:
    (error,) = follow(server, package, ("start",), arguments=change)["errors"]
    assert error["http_status"] == status
    assert error["code"] == {"spatialreal": spatialreal, "avatarkit": avatarkit}[package]


def test_the_time_limit_asks_for_a_reconnect() -> None:
    with running_server(SessionConfig(session_limit_s=0.3)) as short:
        newer = follow(short, "spatialreal", ("start",), ("closed",))["errors"]
        older = follow(short, "avatarkit", ("start",), ("closed",))["errors"]
    assert {error["code"] for error in newer} == {"sessionDurationExceeded"}
    assert all(error["retryable"] for error in newer)
    assert {error["close_code"] for error in newer} == {4002}
    assert older[0]["code"] == "sessionDurationExceeded"
    assert older[-1]["close_code"] == 4002


@pytest.mark.parametrize("audio_format", ["pcm_s16le", "ogg_opus"])
def test_the_livekit_plugin_gets_as_far_as_its_room(
    server: RunningServer, audio_format: str
) -> None:
    result = drive(
        "livekit_client.py",
        {
            "api_key": server.config.app.api_key.reveal(),
            "app_id": server.config.app.id,
            "avatar_id": "mia",
            "console_endpoint_url": server.console,
            "ingress_endpoint_url": server.ingress,
            "audio_format": audio_format,
        },
    )
    assert result["phase"] == "websocket_handshake"
    assert result["code"] == "egressUnavailable"
