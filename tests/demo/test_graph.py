"""The demo's TEN app."""

import json
import sys

import pytest

from avamotion.demo.graph import app_folder, check_installation
from avamotion.demo.invitation import AGENT_UID, CHANNEL_NODE_UID
from avamotion.errors import ConfigError


def test_what_is_not_installed_is_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hibari", None)
    with pytest.raises(ConfigError, match=r"hibari-tts: pip install 'avamotion\[demo\]'"):
        check_installation()


def test_the_graph_has_the_uids_that_the_demo_waits_for() -> None:
    document = json.loads((app_folder() / "property.json").read_text(encoding="utf-8"))
    (graph,) = document["ten"]["predefined_graphs"]
    nodes = {node["name"]: node["property"] for node in graph["graph"]["nodes"]}
    assert nodes["channel"]["uid"] == CHANNEL_NODE_UID
    assert nodes["avatar"]["params"]["agora_uid"] == str(AGENT_UID)


def test_every_node_of_the_graph_is_found_from_the_apps_folder() -> None:
    document = json.loads((app_folder() / "property.json").read_text(encoding="utf-8"))
    (graph,) = document["ten"]["predefined_graphs"]
    addons = {node["addon"] for node in graph["graph"]["nodes"]}
    extensions = (app_folder() / "ten_packages" / "extension").iterdir()
    assert addons <= {folder.name for folder in extensions}
