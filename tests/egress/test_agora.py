"""The Agora egress, against the SDK's real Python layer over a native library that remembers."""

import asyncio
import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avamotion.audio.pcm import encode_pcm
from avamotion.egress import agora_sdk
from avamotion.egress.agora import AgoraEgress, open_agora
from avamotion.egress.registry import EgressRequest, EgressServices
from avamotion.egress.setting import AgoraSetting, EgressSetting
from avamotion.errors import EgressInvalid, EgressRejected, EgressUnavailable
from avamotion.protocol.message import AgoraEgressConfig
from avamotion.protocol.payload import decode_animation
from avamotion.protocol.sei import SeiFlag, SeiPacket, decode_sei_body
from tests.egress.agora_stand_in import NativeAgora, fetch_sdk, imported_sdk
from tests.egress.packets import make_request, make_services, packet, turn
from tests.protocol.native_reader import native_body

TOKEN = "007token"
INVALID_TOKEN = 8
INTERRUPTED = 2


@pytest.fixture(scope="module")
def sdk_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fetch_sdk(tmp_path_factory.mktemp("agora"))


@pytest.fixture
def native(sdk_root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[NativeAgora]:
    """Agora, letting everyone in."""
    monkeypatch.setattr(agora_sdk, "_sdk", None)
    monkeypatch.setattr(agora_sdk, "_service", None)
    native = NativeAgora(on_connect=lambda native: native.tell("on_connected", 1))
    with imported_sdk(sdk_root, native, monkeypatch):
        yield native
        assert native.faults == []


def services(
    *, renew_token: Callable[[str, int], str] | None = None, lead_s: float = 0.06, **setting: Any
) -> EgressServices:
    agora = AgoraSetting(backend="agora", **setting)
    return make_services(EgressSetting(agora=agora), renew_token=renew_token, lead_s=lead_s)


def request(**changes: Any) -> EgressRequest:
    config = {"channel": "lobby", "token": TOKEN, "uid": 2001, "publisher_id": "2001", **changes}
    return make_request(AgoraEgressConfig(**config))


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, 20))


def egress(**options: Any) -> AgoraEgress:
    way = open_agora(request(), services(**options))
    assert isinstance(way, AgoraEgress)
    return way


async def until(native: NativeAgora, condition: Callable[[], bool]) -> None:
    """Wait, in a thread, until the library has seen what the condition asks for."""

    def wait() -> bool:
        with native.changed:
            return native.changed.wait_for(condition, 10)

    assert await asyncio.to_thread(wait)


def shown(native: NativeAgora) -> list[SeiPacket]:
    units = [arguments[0] for arguments in native.named("agora_video_encoded_image_sender_send")]
    return [decode_sei_body(native_body(unit)) for unit in units]


def messages(native: NativeAgora) -> list[dict[str, Any]]:
    calls = native.named("agora_rtc_conn_send_stream_message")
    return [json.loads(arguments[0]) for arguments in calls]


def test_it_joins_as_the_uid_with_the_token_and_publishes_both_tracks(native: NativeAgora) -> None:
    async def story() -> None:
        async with egress():
            assert native.named("agora_rtc_conn_connect") == [(TOKEN, "lobby", "2001")]
            names = [name for name, _ in native.calls]
            connected = names.index("agora_rtc_conn_connect")
            assert names.index("agora_local_user_publish_audio") > connected
            assert names.index("agora_local_user_publish_video") > connected
        names = [name for name, _ in native.calls]
        assert names.index("agora_rtc_conn_disconnect") < names.index("agora_rtc_conn_destroy")

    run(story())


def test_a_turn_leaves_as_sound_and_motion(native: NativeAgora) -> None:
    async def story() -> None:
        packets = turn(10)
        async with egress() as way:
            for item in packets:
                await way.send(item)
        pushed = native.named("agora_audio_pcm_data_sender_send")
        assert [rest for _, *rest in pushed] == [[1, 24000]] * 10
        sound = b"".join(data for data, *_ in pushed)
        assert sound == b"".join(encode_pcm(item.block.samples) for item in packets if item.block)
        spoken = [p for p in shown(native) if p.flags != SeiFlag.IDLE]
        assert spoken[0].flags == SeiFlag.TO_SPEECH
        assert spoken[-1].flags == SeiFlag.TO_IDLE
        frames = [f for p in spoken[1:-1] for f in decode_animation(p.animation)]
        assert [f.pts_us for f in frames] == [20_000 * k for k in range(10)]
        (announced,) = messages(native)
        assert announced == {
            "type": "turn", "uid": 2001, "turn": 1, "epoch": 0, "first_frame_ms": 12.5
        }  # fmt: skip
        info = native.named("agora_video_encoded_image_sender_send")[0][1]
        assert (info["width"], info["height"], info["frames_per_second"]) == (64, 64, 25)
        assert (info["codec_type"], info["frame_type"]) == (2, 3)

    run(story())


def test_pictures_go_on_between_turns(native: NativeAgora) -> None:
    async def story() -> None:
        async with egress():
            await until(native, lambda: len(shown(native)) >= 5)
            assert {p.flags for p in shown(native)} == {SeiFlag.IDLE}

    run(story())


def test_after_an_interrupt_nothing_of_the_turn_leaves_and_the_viewers_are_told(
    native: NativeAgora,
) -> None:
    async def story() -> None:
        async with egress() as way:
            for item in turn(50)[:7]:
                await way.send(item)
            await asyncio.sleep(0.05)  # some of it is heard
            n_shown = len(shown(native))
            await way.clear(1)
            assert len(native.named("agora_local_audio_track_clear_sender_buffer")) == 1
            # An unreliable channel: told more than once.
            await until(native, lambda: len(messages(native)) >= 4)
            assert messages(native)[1:] == [{"type": "clear", "uid": 2001, "epoch": 1}] * 3
            # What the SDK held is dropped; then comes one packet that fades and is silent.
            calls = [name for name, _ in native.calls]
            dropped = calls.index("agora_local_audio_track_clear_sender_buffer")
            assert calls[dropped:].count("agora_audio_pcm_data_sender_send") == 1
            *sent, (faded, *_) = native.named("agora_audio_pcm_data_sender_send")
            sound = np.frombuffer(b"".join(data for data, *_ in sent), "<i2").astype(float)
            tail = np.frombuffer(faded, "<i2").astype(float)
            assert len(tail) == 480
            starts = range(240, len(sound) - 240, 240)
            fits = [np.abs(tail[:24] - sound[at : at + 24]).max() for at in starts]
            assert min(fits) < 0.03 * np.abs(sound).max()  # it goes on in mid-sound
            assert np.abs(tail[200:240]).max() < 0.1 * np.abs(sound).max()
            assert not tail[240:].any()
            after = shown(native)[n_shown:]
            assert after[0].flags == SeiFlag.TO_IDLE
            assert {p.flags for p in after[1:]} == {SeiFlag.IDLE}
            jaws = [float(f.weights[0]) for f in decode_animation(after[0].animation)]
            assert jaws[0] > 0.45
            assert jaws == sorted(jaws, reverse=True)
            assert jaws[-1] == 0

    run(story())


def test_sessions_share_one_service(native: NativeAgora) -> None:
    async def story() -> None:
        async with egress(), egress():
            assert len(native.named("agora_service_create")) == 1
            assert len(native.named("agora_rtc_conn_create")) == 2

    run(story())


def test_importing_the_sdk_leaves_certificate_checks_on(native: NativeAgora) -> None:
    before = ssl._create_default_https_context
    agora_sdk.load_sdk()
    assert ssl._create_default_https_context is before
    assert before is not ssl._create_unverified_context


@pytest.mark.parametrize(
    ("event", "reason", "error", "words"),
    [
        ("on_connection_failure", INVALID_TOKEN, EgressRejected, "invalid token"),
        ("on_disconnected", 6, EgressRejected, "invalid App ID"),
        ("on_connection_failure", 4, EgressUnavailable, "reason 4"),
    ],
)
def test_a_refusal_is_named(
    native: NativeAgora, event: str, reason: int, error: type[Exception], words: str
) -> None:
    native.on_connect = lambda native: native.tell(event, reason)

    async def story() -> None:
        with pytest.raises(error, match=words):
            await egress().__aenter__()
        assert native.named("agora_rtc_conn_destroy")

    run(story())


def test_silence_from_agora_is_unavailable(native: NativeAgora) -> None:
    native.on_connect = None

    async def story() -> None:
        with pytest.raises(EgressUnavailable, match=r"did not answer within 0\.01 s"):
            await egress(connect_timeout_s=0.01).__aenter__()

    run(story())


@pytest.mark.parametrize(
    ("function", "words"),
    [
        ("agora_service_initialize", "does not start"),
        ("agora_rtc_conn_connect", "does not connect"),
        ("agora_local_user_publish_audio", "does not publish"),
    ],
)
def test_a_step_that_fails_is_named(native: NativeAgora, function: str, words: str) -> None:
    native.results[function] = -7

    async def story() -> None:
        with pytest.raises(EgressUnavailable, match=words):
            await egress().__aenter__()

    run(story())


def test_without_the_sdk_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agora_sdk, "_sdk", None)
    monkeypatch.setitem(__import__("sys").modules, "agora", None)

    async def story() -> None:
        with pytest.raises(EgressUnavailable, match=r"pip install 'avamotion\[agora\]'"):
            await egress().__aenter__()

    run(story())


@pytest.mark.parametrize("failure", [urllib.error.URLError("no route"), SystemExit(1)])
def test_a_native_library_that_cannot_be_fetched_ends_no_process(
    native: NativeAgora, sdk_root: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException
) -> None:
    (sdk_root / "agora" / "version.txt").unlink(missing_ok=True)

    def fail(*arguments: object, **options: object) -> None:
        raise failure

    monkeypatch.setattr(urllib.request, "urlretrieve", fail)
    before = ssl._create_default_https_context

    async def story() -> None:
        with pytest.raises(EgressUnavailable, match="native library"):
            await egress().__aenter__()

    run(story())
    assert ssl._create_default_https_context is before


def test_a_token_that_expires_is_renewed(native: NativeAgora) -> None:
    made: list[tuple[str, int]] = []

    def renew(channel: str, uid: int) -> str:
        made.append((channel, uid))
        return "007new"

    async def story() -> None:
        async with egress(renew_token=renew):
            native.tell("on_token_privilege_will_expire")
            await until(native, lambda: bool(native.named("agora_rtc_conn_renew_token")))
            assert made == [("lobby", 2001)]
            assert native.named("agora_rtc_conn_renew_token")[0][1] == b"007new"

    run(story())


def test_a_token_that_nobody_can_renew_ends_the_session_when_it_expires(
    native: NativeAgora,
) -> None:
    async def story() -> None:
        async with egress() as way:
            native.tell("on_token_privilege_will_expire")
            native.tell("on_token_privilege_did_expire")
            await asyncio.sleep(0)
            with pytest.raises(EgressRejected, match="expired"):
                await way.send(packet(0, 5))

    run(story())


def test_nothing_is_queued_while_the_channel_is_out_of_reach(native: NativeAgora) -> None:
    async def story() -> None:
        async with egress() as way:
            native.tell("on_reconnecting", INTERRUPTED)
            await asyncio.sleep(0)
            await way.send(packet(0, 5))
            assert native.named("agora_audio_pcm_data_sender_send") == []
            native.tell("on_reconnected", 15)
            await asyncio.sleep(0)
            await way.send(packet(1, 5))
            assert len(native.named("agora_audio_pcm_data_sender_send")) == 1

    run(story())


def test_a_channel_that_was_lost_is_joined_again(
    native: NativeAgora, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("avamotion.egress.agora_link._RETRY_S", (0.0,))

    async def story() -> None:
        async with egress() as way:
            native.tell("on_disconnected", 14)
            await until(native, lambda: len(native.named("agora_local_user_publish_video")) == 2)
            assert len(native.named("agora_rtc_conn_connect")) == 2
            await way.send(packet(0, 5))

    run(story())


def test_a_channel_that_refuses_us_later_ends_the_session(
    native: NativeAgora, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        async with egress() as way:
            native.tell("on_disconnected", 3)
            for _ in range(3):
                await asyncio.sleep(0)
            with pytest.raises(EgressRejected, match="banned"):
                await way.send(packet(0, 5))

    run(story())


@pytest.mark.parametrize("changes", [{"channel": ""}, {"uid": 0}, {"token": ""}])
def test_a_missing_field_is_named(changes: dict[str, Any]) -> None:
    with pytest.raises(EgressInvalid, match="agora_egress"):
        open_agora(request(**changes), services())


def test_a_lead_that_a_flush_could_not_drop_is_refused() -> None:
    with pytest.raises(EgressInvalid, match="lead_ms must be at most 150"):
        open_agora(request(), services(lead_s=0.2))


def test_no_function_of_the_sdk_runs_inside_a_callback(native: NativeAgora) -> None:
    """The stand-in itself would notice: it does when one is called."""

    class Rude:
        def __getattr__(self, name: str) -> Callable[..., None]:
            return lambda *rest: native.call("agora_rtc_conn_renew_token", ()) and None

    native.observer = Rude()
    agora_sdk.load_sdk()
    native.tell("on_disconnected", 1)
    assert native.faults == ["agora_rtc_conn_renew_token was called inside a callback"]
    native.faults.clear()


def test_sound_is_clipped_not_wrapped() -> None:
    loud = np.array([2.0, -2.0], np.float32)
    assert np.frombuffer(encode_pcm(loud), "<i2").tolist() == [32767, -32767]
