"""The import surface, as real extensions use it (A1)."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest
import ten_runtime

NAMES = [
    "Addon",
    "_AddonManager",
    "register_addon_as_extension",
    "App",
    "Extension",
    "AsyncExtension",
    "TenEnv",
    "AsyncTenEnv",
    "TenError",
    "TenErrorCode",
    "SendOptions",
    "Cmd",
    "CmdResult",
    "StatusCode",
    "StartGraphCmd",
    "StopGraphCmd",
    "TriggerLifeCycleCmd",
    "Data",
    "AudioFrame",
    "AudioFrameDataFmt",
    "VideoFrame",
    "PixelFmt",
    "LogLevel",
    "LogOption",
    "DefaultLogOption",
    "Value",
    "ValueType",
    "Loc",
    "ExtensionTester",
    "TenEnvTester",
    "AsyncExtensionTester",
    "AsyncTenEnvTester",
]

MODULES = [
    "addon",
    "addon_manager",
    "app",
    "async_extension",
    "async_ten_env",
    "async_test",
    "audio_frame",
    "cmd",
    "cmd_result",
    "data",
    "error",
    "extension",
    "global_thread_manager",
    "loc",
    "log_level",
    "log_option",
    "msg",
    "send_options",
    "start_graph_cmd",
    "stop_graph_cmd",
    "ten_env",
    "ten_env_attach_to_enum",
    "ten_env_base",
    "test",
    "test_base",
    "trigger_life_cycle_cmd",
    "value",
    "value_buffer",
    "video_frame",
]

ENUMS = {
    "StatusCode": {"OK": 0, "ERROR": 1},
    "LogLevel": {"INVALID": 0, "DEBUG": 1, "INFO": 2, "WARN": 3, "ERROR": 4},
    "TenErrorCode": {
        "ErrorCodeGeneric": 1,
        "ErrorCodeInvalidJSON": 2,
        "ErrorCodeInvalidArgument": 3,
        "ErrorCodeInvalidType": 4,
        "ErrorCodeInvalidGraph": 5,
        "ErrorCodeTenIsClosed": 6,
        "ErrorCodeMsgNotConnected": 7,
        "ErrorCodeTimeout": 8,
    },
    "AudioFrameDataFmt": {"INTERLEAVE": 1, "NON_INTERLEAVE": 2},
    "PixelFmt": {
        "RGB24": 1,
        "RGBA": 2,
        "BGR24": 3,
        "BGRA": 4,
        "I422": 5,
        "I420": 6,
        "NV21": 7,
        "NV12": 8,
    },
    "ValueType": {
        "INVALID": 0,
        "NULL": 1,
        "BOOL": 2,
        "INT": 3,
        "FLOAT": 4,
        "STRING": 5,
        "BYTES": 6,
        "ARRAY": 7,
        "OBJECT": 8,
        "JSON_STRING": 9,
    },
}


def test_the_package_exports_what_the_real_one_exports() -> None:
    assert set(NAMES) == set(ten_runtime.__all__)
    assert [name for name in NAMES if not hasattr(ten_runtime, name)] == []


@pytest.mark.parametrize("module", MODULES)
def test_every_submodule_exists_and_says_what_it_exports(module: str) -> None:
    loaded = importlib.import_module(f"ten_runtime.{module}")
    assert [name for name in loaded.__all__ if not hasattr(loaded, name)] == []


@pytest.mark.parametrize("name", ENUMS)
def test_enumerations_have_the_numbers_of_the_real_ones(name: str) -> None:
    enum = getattr(ten_runtime, name)
    assert {member.name: int(member) for member in enum} == ENUMS[name]


def test_it_refuses_to_be_imported_beside_the_real_runtime(tmp_path: Path) -> None:
    (tmp_path / "libten_runtime_python.py").touch()
    source = str(Path(ten_runtime.__file__).parents[1])
    result = subprocess.run(
        [sys.executable, "-c", "import ten_runtime"],
        env={"PYTHONPATH": f"{source}:{tmp_path}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "one process cannot use both" in result.stderr
    assert str(tmp_path) in result.stderr
