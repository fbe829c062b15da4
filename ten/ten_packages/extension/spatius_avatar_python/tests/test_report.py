"""R9: the shape of errors, metrics and playback data."""

from spatius_avatar_python.failure import Failure
from spatius_avatar_python.playback import PlaybackEvent, PlaybackState
from spatius_avatar_python.report import CODE_CONFIG, CODE_SERVICE, RateLimiter, VendorInfo
from spatius_avatar_python.turn import Turn, TurnKey

FAILURE = Failure("ValueError", "ValueError", "bad")
TURN = Turn(1, TurnKey("7", "r"), {"turn_id": 7, "session_id": "s", "extra": 1})
VENDOR = VendorInfo("app", "avatar", "us-west", has_key=True, session_id="2001")


def test_an_error_before_any_turn_has_upstreams_shape() -> None:
    """R9: pinned by upstream's unit test."""
    message = VendorInfo().error(CODE_CONFIG, FAILURE, None)
    assert message["id"] == "0"
    assert message["module"] == "avatar"
    assert message["code"] == -1012
    assert message["vendor_info"] == {"vendor": "spatius", "code": "ValueError", "message": "bad"}
    metadata = message["metadata"]
    assert isinstance(metadata, dict)
    assert metadata["vendor_metadata"] == {"name": "spatius", "mode": "agora"}
    assert "url" not in metadata["vendor_metadata"]


def test_an_error_of_a_turn_carries_its_metadata_and_says_whether_it_is_fatal() -> None:
    """R9."""
    message = VENDOR.error(CODE_SERVICE, FAILURE, TURN, connection_id="c", suppressed=3)
    assert message["id"] == "7"
    assert message["metadata"] == {
        "turn_id": 7,
        "session_id": "s",
        "extra": 1,
        "fatal": False,
        "suppressed": 3,
        "vendor_metadata": {
            "name": "spatius",
            "key": "***",
            "region": "us-west",
            "mode": "agora",
            "avatar_id": "avatar",
            "avatar_session_id": "c",
            "app_id": "app",
        },
    }


def test_the_session_is_called_what_the_service_calls_it_where_the_turn_does_not_say() -> None:
    """R9."""
    for connection_id, session_id in (("c", "c"), ("", "2001")):
        metadata = VENDOR.error(CODE_SERVICE, FAILURE, None, connection_id=connection_id)[
            "metadata"
        ]
        assert isinstance(metadata, dict)
        assert metadata["session_id"] == session_id


def test_vendor_data_can_be_read_from_malformed_properties() -> None:
    """R9: a configuration error still says which avatar it is about."""
    assert VendorInfo.from_properties({"params": "x"}) == VendorInfo()
    vendor = VendorInfo.from_properties({"params": {"spatius_app_id": "app", "agora_uid": [1]}})
    assert vendor == VendorInfo(app_id="app")


def test_playback_names_the_turn() -> None:
    """R16."""
    event = PlaybackEvent(PlaybackState.INTERRUPTED, TURN, 1200, reason="interrupted")
    assert VENDOR.playback(event) == {
        "state": "interrupted",
        "turn_id": "7",
        "request_id": "r",
        "played_ms": 1200,
        "reason": "interrupted",
        "metadata": TURN.metadata,
    }


def test_the_first_of_a_kind_is_told_at_once_and_the_rest_are_counted() -> None:
    """R7: repeated errors are rate-limited."""
    limiter = RateLimiter(interval_s=10.0)
    assert limiter.admit("a", now=0.0) == 0
    assert limiter.admit("a", now=9.9) is None
    assert limiter.admit("a", now=9.95) is None
    assert limiter.admit("b", now=9.96) == 0
    assert limiter.admit("a", now=10.0) == 2
    assert limiter.admit("a", now=20.0) == 0
