"""What the package promises to whoever installs it."""

import ast
import json
import re
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
ALLOWED = {"ten_runtime", "spatius"}


def manifest() -> dict[str, dict[str, list[dict[str, str]]]]:
    return json.loads((PACKAGE / "manifest.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def test_it_imports_only_the_runtime_the_sdk_and_itself() -> None:
    for path in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            for name in names:
                top = name.split(".")[0]
                assert top in ALLOWED or top in sys.stdlib_module_names, f"{path.name}: {name}"


def test_the_manifest_declares_every_message() -> None:
    """R1, R16."""
    api = manifest()["api"]
    declared = {kind: {entry["name"] for entry in api[kind]} for kind in api if kind != "property"}
    assert declared == {
        "audio_frame_in": {"pcm_frame"},
        "data_in": {"tts_audio_start", "tts_audio_end", "finalize", "motion_style"},
        "data_out": {"error", "avatar_playback", "metrics"},
        "cmd_in": {"flush", "drain"},
        "cmd_out": {"flush"},
    }


def test_the_readme_names_every_property_and_message() -> None:
    readme = (PACKAGE / "README.md").read_text(encoding="utf-8")
    source = (PACKAGE / "config.py").read_text(encoding="utf-8")
    names = set(re.findall(r'(?:text|seconds|switch|integer)\("(\w+)"', source))
    names |= set(re.findall(r'_url\(params, "(\w+)"', source))
    assert len(names) > 20
    names |= {
        entry["name"]
        for kind in manifest()["api"]
        if kind != "property"
        for entry in manifest()["api"][kind]
    }
    missing = [
        name
        for name in sorted(names)
        if f"`{name}`" not in readme and f"`params.{name}`" not in readme
    ]
    assert missing == []


def test_the_requirements_are_pinned_once() -> None:
    requirements = (PACKAGE / "requirements.txt").read_text(encoding="utf-8").split()
    assert requirements == ["spatius[opus]==1.1.1"]
    assert f'dependencies = ["{requirements[0]}"]' in (PACKAGE / "pyproject.toml").read_text(
        encoding="utf-8"
    )


def test_no_value_from_the_environment_meets_a_schema_that_refuses_strings() -> None:
    """A placeholder is always a string: a number's type in the schema would refuse it."""
    properties = manifest()["api"]["property"]["properties"]  # type: ignore[call-overload]
    flat = {**properties, **properties["params"]["properties"]}
    assert {entry["type"] for entry in flat.values()} == {"string", "object"}
    assert not {"sample_rate", "session_expire_minutes", "agora_uid", "dump"} & set(flat)
