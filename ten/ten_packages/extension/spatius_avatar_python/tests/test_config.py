"""R10: the published properties, their defaults, and what is said about bad ones."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from spatius import AudioFormat
from spatius_avatar_python.config import AvatarConfig

PARAMS = {
    "spatius_api_key": "api-key-0123",
    "spatius_app_id": "app",
    "spatius_avatar_id": "avatar",
    "agora_appid": "agora-app",
    "agora_appcert": "certificate-0123456789",
    "agora_channel": "channel",
    "agora_uid": "2001",
}


def read(top: Mapping[str, object] | None = None, /, **params: object) -> AvatarConfig:
    return AvatarConfig.from_properties({**(top or {}), "params": {**PARAMS, **params}})


def test_the_defaults_are_those_of_the_guide() -> None:
    config = read()
    assert config.audio.sample_rate_hz == 24000
    assert config.audio.audio_format is AudioFormat.PCM_S16LE
    assert not config.audio.resample
    assert config.service.session_expire_s == 30 * 60
    assert config.service.region == ""
    assert not config.dump.enabled
    assert config.dump.directory == ""
    assert config.agora.uid == 2001
    assert not config.output.forward_flush
    assert not config.output.playback_events
    assert not config.output.metrics


def test_the_property_file_of_the_package_has_every_documented_key_and_the_same_defaults() -> None:
    """R10."""
    text = (Path(__file__).parents[1] / "property.json").read_text(encoding="utf-8")
    shipped = json.loads(text)
    assert set(PARAMS) < set(shipped["params"])
    assert {"dump", "dump_path", "channel"} < set(shipped)
    # Placeholders resolve to nothing where the environment has nothing.
    blank = {
        name: "" if str(value).startswith("${") else value
        for name, value in shipped["params"].items()
    }
    given = {name: value for name, value in PARAMS.items() if blank[name] == ""}
    assert (
        AvatarConfig.from_properties({**shipped, "params": {**blank, **given}}).audio
        == read().audio
    )


@pytest.mark.parametrize("blank", ["", "  ", None])
@pytest.mark.parametrize("name", ["region", "sample_rate", "session_expire_minutes", "agora_token"])
def test_blank_params_are_not_given(name: str, blank: object) -> None:
    """R10."""
    changed = read(**{name: blank})
    plain = read()
    assert changed.service.region == plain.service.region
    assert changed.service.session_expire_s == plain.service.session_expire_s
    assert changed.audio == plain.audio
    assert not changed.agora.token


@pytest.mark.parametrize("rate", [16000, "16000", " 16000 ", 16000.0])
def test_numbers_may_be_strings_as_placeholders_always_are(rate: object) -> None:
    """R10."""
    assert read(sample_rate=rate).audio.sample_rate_hz == 16000


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("False", False), ("1", True), (True, True)]
)
def test_switches_may_be_strings(text: object, value: bool) -> None:
    """R10."""
    config = read({"dump": text}, resample=text)
    assert config.dump.enabled is value
    assert config.audio.resample is value


def test_the_uid_may_be_a_number() -> None:
    assert read(agora_uid=2001).agora.uid == 2001


def test_the_channel_alias_overrides_the_channel() -> None:
    """R10."""
    assert read({"channel": " injected "}).agora.channel == "injected"
    assert read({"channel": " "}).agora.channel == "channel"
    assert read({"channel": "injected"}, agora_channel="").agora.channel == "injected"


def test_top_level_agora_properties_fill_blank_params() -> None:
    """R10: upstream reads them too, and its blank params overwrote them."""
    config = read(
        {
            "agora_uid": "77",
            "agora_channel": "top",
            "agora_token": "token-top",
            "agora_appid": "no",
        },
        agora_uid="",
        agora_channel="",
    )
    assert config.agora.uid == 77
    assert config.agora.channel == "top"
    assert config.agora.token.reveal() == "token-top"
    assert config.agora.app_id == "agora-app"


@pytest.mark.parametrize("name", [name for name in PARAMS if name != "agora_appcert"])
def test_each_required_property_is_named_when_it_is_missing(name: str) -> None:
    with pytest.raises(ValueError, match=f"params.{name} must be set"):
        read(**{name: ""})


def test_every_missing_property_is_named_at_once() -> None:
    with pytest.raises(ValueError, match="must be set") as caught:
        AvatarConfig.from_properties({})
    for name in PARAMS:
        assert f"params.{name}" in str(caught.value)


def test_a_token_or_a_certificate_is_enough() -> None:
    assert read(agora_appcert="", agora_token="token").agora.token.reveal() == "token"
    with pytest.raises(ValueError, match=r"params.agora_token or params.agora_appcert must be set"):
        read(agora_appcert="")


@pytest.mark.parametrize(
    ("params", "complaint"),
    [
        ({"agora_uid": "alice"}, "params.agora_uid must be a whole number"),
        ({"agora_uid": "-1"}, "params.agora_uid must be between 0 and 4294967295"),
        ({"agora_uid": str(2**32)}, "params.agora_uid must be between 0 and 4294967295"),
        ({"sample_rate": 0}, "params.sample_rate must be above zero"),
        ({"sample_rate": "fast"}, "params.sample_rate must be a whole number"),
        ({"sample_rate": 24000.5}, "params.sample_rate must be a whole number"),
        ({"sample_rate": True}, "params.sample_rate must be a whole number"),
        ({"sample_rate": float("nan")}, "params.sample_rate must be a whole number"),
        ({"session_expire_minutes": -5}, "params.session_expire_minutes must be above zero"),
        ({"audio_format": "mp3"}, "params.audio_format must be pcm_s16le or ogg_opus"),
        ({"resample": "maybe"}, "params.resample must be true or false"),
        ({"max_queue_s": 0}, "params.max_queue_s must be above zero"),
        ({"max_queue_s": "long"}, "params.max_queue_s must be a number of seconds"),
        ({"max_queue_s": float("inf")}, "params.max_queue_s must be above zero"),
        ({"stop_drain_s": -1}, "params.stop_drain_s must be zero or more"),
        ({"spatius_api_key": ["k"]}, "params.spatius_api_key must be a string"),
        ({"console_endpoint_url": "http://h/v1/console"}, "params.ingress_endpoint_url is not"),
        ({"ingress_endpoint_url": "ws://h/v2/x"}, "params.console_endpoint_url is not"),
        (
            {"console_endpoint_url": "console", "ingress_endpoint_url": "ws://h"},
            "params.console_endpoint_url must be a URL that begins with http or https",
        ),
        (
            {"console_endpoint_url": "http://u:p@h", "ingress_endpoint_url": "ws://h"},
            "must not carry a user name or password",
        ),
    ],
)
def test_a_bad_value_is_refused_in_a_sentence_that_names_it(
    params: dict[str, object], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        read(**params)


def test_params_must_be_an_object() -> None:
    with pytest.raises(ValueError, match="params must be a JSON object"):
        AvatarConfig.from_properties({"params": "x"})


@pytest.mark.parametrize("rate", [22050, 44100, 32000])
def test_opus_is_refused_at_rates_that_opus_does_not_have(rate: int) -> None:
    """R8."""
    with pytest.raises(ValueError, match=f"params.sample_rate {rate} cannot be used with"):
        read(audio_format="ogg_opus", sample_rate=rate)
    assert read(sample_rate=rate).audio.sample_rate_hz == rate


def test_both_endpoints_make_it_self_hosted() -> None:
    config = read(console_endpoint_url="http://h/v1/console", ingress_endpoint_url="ws://h/v2/d")
    assert config.service.is_self_hosted
    assert not read().service.is_self_hosted


def test_a_configuration_can_be_printed_without_showing_a_credential() -> None:
    """R13."""
    text = repr(read(agora_token="token-0123456789"))
    for secret in ("api-key-0123", "certificate-0123456789", "token-0123456789"):
        assert secret not in text
