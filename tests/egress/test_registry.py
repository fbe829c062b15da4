"""Every way out by its name."""

from importlib import metadata
from pathlib import Path

import pytest

from avamotion.egress.base import Egress
from avamotion.egress.channel import ChannelEgress
from avamotion.egress.memory import MemoryEgress
from avamotion.egress.record import RecordingEgress
from avamotion.egress.registry import EgressRegistry, EgressRequest, EgressServices
from avamotion.egress.reply import ReplyEgress
from avamotion.egress.setting import AgoraSetting, EgressSetting
from avamotion.errors import ConfigError, EgressInvalid
from avamotion.protocol.message import AgoraEgressConfig, SocketEgressConfig
from avamotion.server.config import ServerConfig
from tests.egress.packets import make_request, make_services

AGORA = AgoraEgressConfig(channel="lobby", token="007", uid=1, publisher_id="1")


def registry(*, record: str = "", backend: str = "hosted") -> EgressRegistry:
    setting = EgressSetting(record=record, agora=AgoraSetting(backend=backend))
    return EgressRegistry(make_services(setting))


def test_each_request_finds_its_way() -> None:
    assert isinstance(registry().open(make_request(SocketEgressConfig())), ReplyEgress)
    assert isinstance(registry().open(make_request(AGORA)), ChannelEgress)


def test_one_setting_sends_agora_sessions_elsewhere() -> None:
    from avamotion.egress.agora import AgoraEgress

    assert isinstance(registry(backend="agora").open(make_request(AGORA)), AgoraEgress)


def test_a_backend_that_does_not_exist_is_named_at_the_start() -> None:
    with pytest.raises(
        ConfigError, match=r"egress\.agora\.backend: unknown 'agra'; known are agora"
    ):
        registry(backend="agra")


def test_a_field_that_is_missing_is_named() -> None:
    config = AgoraEgressConfig(channel="", token="007", uid=1, publisher_id="1")
    with pytest.raises(EgressInvalid, match="agora_egress needs channel_name"):
        registry().open(make_request(config))


def test_a_way_of_ones_own_can_be_registered() -> None:
    made = MemoryEgress()

    def mine(request: EgressRequest, services: EgressServices) -> Egress:
        return made

    ways = registry()
    ways.register("hosted", mine)
    assert ways.open(make_request(AGORA)) is made


def test_a_way_of_another_package_is_found_by_its_entry_point(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    point = metadata.EntryPoint(
        name="mine", value="tests.egress.test_registry:make_mine", group="avamotion.egress"
    )
    monkeypatch.setattr(metadata, "entry_points", lambda *, group: [point])
    assert isinstance(registry(backend="mine").open(make_request(AGORA)), MemoryEgress)


def make_mine(request: EgressRequest, services: EgressServices) -> Egress:
    return MemoryEgress()


def test_the_recorder_wraps_whatever_way_is_taken(tmp_path: Path) -> None:
    way = registry(record=str(tmp_path / "new")).open(make_request(SocketEgressConfig()))
    assert isinstance(way, RecordingEgress)
    assert not way.paced
    assert (tmp_path / "new").is_dir()


def test_a_folder_that_cannot_be_made_is_named_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"egress\.record"):
        registry(record=str(tmp_path / "file" / "folder"))


def test_the_settings_nest() -> None:
    document = {"egress": {"record": "out", "agora": {"backend": "agora"}}}
    config = ServerConfig.from_mapping(document, {})
    assert (config.egress.record, config.egress.agora.backend) == ("out", "agora")
    config = ServerConfig.from_mapping({}, {"AVAMOTION_EGRESS_AGORA_BACKEND": "agora"})
    assert config.egress.agora.backend == "agora"
    with pytest.raises(ConfigError, match=r"egress\.agora\.bakend: unknown"):
        ServerConfig.from_mapping({"egress": {"agora": {"bakend": "agora"}}}, {})
    with pytest.raises(ConfigError, match=r"egress\.agora: must be a table"):
        ServerConfig.from_mapping({"egress": {"agora": "agora"}}, {})
