"""Agora's server SDK, the real one, over a native library that only remembers.

The package of the registry is downloaded when the tests run; nothing of it is kept here. Its Python
layer runs unmodified, its import included: what that "downloads" and loads is our stand-in.
"""

import ctypes
import os
import subprocess
import sys
import tarfile
import threading
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

__all__ = ["VERSION", "NativeAgora", "fetch_sdk", "imported_sdk"]

VERSION: Final = "2.4.10"
_HANDLE: Final = 0x1000


def fetch_sdk(folder: Path) -> Path:
    """Download the SDK's source distribution; return the folder to import from. May skip."""
    download = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"),
            *("--no-binary", ":all:", "--dest", str(folder)),
            f"agora-python-server-sdk=={VERSION}",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    archives = list(folder.glob("agora*.tar.gz"))
    if not archives:
        reason = f"agora-python-server-sdk could not be downloaded: {download.stderr[-300:]}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with tarfile.open(archives[0]) as archive:
        archive.extractall(folder, filter="data")
    (root,) = (path for path in folder.iterdir() if path.is_dir())
    return root


@dataclass
class NativeAgora:
    """The native library: remembers every call, and lets the test call back.

    Attributes:
        calls: Name and arguments of every call, oldest first, in the calling thread's order.
        results: What a function returns, where that is not success.
        on_connect: Called in a thread of "the SDK" after a connect.
    """

    calls: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)
    results: dict[str, Any] = field(default_factory=dict)
    on_connect: Callable[["NativeAgora"], None] | None = None
    observer: Any = None
    inside_callback: set[int] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)
    _functions: dict[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._functions.setdefault(name, _Function(self, name))

    def call(self, name: str, arguments: tuple[Any, ...]) -> Any:
        if threading.get_ident() in self.inside_callback:
            self.faults.append(f"{name} was called inside a callback")
        with self.changed:
            self.calls.append((name, _copied(name, arguments)))
            self.changed.notify_all()
        if name == "agora_rtc_conn_register_observer":
            self.observer = arguments[1]
        if name == "agora_rtc_conn_connect" and self.on_connect is not None:
            threading.Thread(target=self.on_connect, args=(self,)).start()
        if name in self.results:
            return self.results[name]
        if name.endswith("_create") or "_create_" in name or "get_" in name:
            return _HANDLE + len(self.calls)
        return 0

    def tell(self, event: str, *arguments: object) -> None:
        """Call the observer from a thread of our own, as the SDK does."""

        def run() -> None:
            from agora.rtc._ctypes_handle._ctypes_data import RTCConnInfoInner

            info = RTCConnInfoInner(1, b"lobby", 3, b"2001", 2001)
            self.inside_callback.add(threading.get_ident())
            callback = getattr(self.observer, event)
            if event == "on_token_privilege_will_expire":
                callback(_HANDLE, b"old token")
            elif event == "on_token_privilege_did_expire":
                callback(_HANDLE)
            elif event == "on_connection_lost":
                callback(_HANDLE, ctypes.pointer(info))
            else:
                callback(_HANDLE, ctypes.pointer(info), *arguments)
            self.inside_callback.discard(threading.get_ident())

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()

    def named(self, name: str) -> list[tuple[Any, ...]]:
        """Return the arguments of every call of one function."""
        return [arguments for called, arguments in self.calls if called == name]


class _Function:
    """One function of the library; ctypes sets its result and argument types."""

    def __init__(self, native: NativeAgora, name: str) -> None:
        self._native = native
        self._name = name
        self.restype: Any = None
        self.argtypes: Any = None

    def __call__(self, *arguments: Any) -> Any:
        if self.argtypes is not None:
            assert len(arguments) == len(self.argtypes), f"{self._name}: wrong number of arguments"
        return self._native.call(self._name, arguments)


def _copied(name: str, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """Read what pointers point to while it is still there."""
    if name == "agora_video_encoded_image_sender_send":
        _, pointer, size, info = arguments
        return (bytes(pointer[:size]), {key: getattr(info, key) for key, _ in info._fields_})
    if name == "agora_audio_pcm_data_sender_send":
        _, pointer, _, _, n_samples, n_bytes, n_channels, rate_hz = arguments
        return (ctypes.string_at(pointer, n_samples * n_bytes * n_channels), n_channels, rate_hz)
    if name == "agora_rtc_conn_send_stream_message":
        return (arguments[2].value,)
    if name == "agora_rtc_conn_connect":
        return tuple(item.value.decode() for item in arguments[1:])
    return arguments


@contextmanager
def imported_sdk(
    root: Path, native: NativeAgora, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Make ``agora`` importable, with our library in place of the native one."""

    def download(url: str, path: str, reporthook: object = None) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            for name in ("libagora_rtc_sdk.so", "libaosl.so", "libAgoraRtcKit.dylib"):
                archive.writestr(f"agora_sdk/{name}", "")

    load = ctypes.CDLL
    monkeypatch.setattr(urllib.request, "urlretrieve", download)
    monkeypatch.setattr(
        ctypes, "CDLL", lambda path, *rest: native if str(root) in str(path) else load(path, *rest)
    )
    monkeypatch.syspath_prepend(str(root))
    _forget()
    try:
        yield
    finally:
        _forget()


def _forget() -> None:
    for name in [name for name in sys.modules if name == "agora" or name.startswith("agora.")]:
        del sys.modules[name]
