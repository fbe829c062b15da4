"""Look for what would keep a server from working, before somebody else finds it."""

import resource
import socket
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from avamotion.audio.libopus import libopus
from avamotion.audio.opus import OpusEncoder
from avamotion.errors import AvamotionError, ConfigError
from avamotion.motion.engine import SAMPLE_RATE_HZ, MotionEngine
from avamotion.server.app import create_app
from avamotion.server.avatar_source import open_catalog
from avamotion.server.config import ServerConfig, load_config
from avamotion.server.peer import trusted_peers
from avamotion.server.run import bind, check_tls

__all__ = ["Finding", "examine"]

_MIN_FILES: Final = 1024
_MIN_SECRET_CHARACTERS: Final = 32


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at.

    Attributes:
        subject: What it is.
        good: Whether a server can work with it.
        detail: What was found, and what to do if it is not good.
    """

    subject: str
    good: bool
    detail: str


def examine(path: Path | None, environ: Mapping[str, str]) -> list[Finding]:
    """Look at everything.

    Args:
        path: Settings, a TOML file, or None.
        environ: The environment.
    """
    findings = [_look("Python", lambda: sys.version.split()[0])]
    try:
        config = load_config(path, environ)
    except ConfigError as exc:
        return [*findings, Finding("settings", False, str(exc))]
    where = str(path) if path else "defaults and environment"
    findings.append(Finding("settings", True, where))
    for subject, look in (
        ("motion model", lambda: _model(config)),
        ("Opus", _opus),
        ("avatars", lambda: _avatars(config)),
        ("address", lambda: _address(config)),
        ("certificate", lambda: _certificate(config)),
        ("keys", lambda: _keys(config)),
        ("application", lambda: _application(config)),
        ("open files", _files),
    ):
        findings.append(_look(subject, look))
    return findings


def _look(subject: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(subject, True, look())
    except (AvamotionError, OSError) as exc:
        return Finding(subject, False, str(exc))


def _model(config: ServerConfig) -> str:
    engine = MotionEngine.load(Path(config.playout.model) if config.playout.model else None)
    stream = engine.open()
    stream.push(np.zeros(SAMPLE_RATE_HZ, np.float32))
    engine.step([stream])
    stream.push(np.zeros(SAMPLE_RATE_HZ, np.float32))
    started_at = time.perf_counter()
    engine.step([stream])
    seconds = time.perf_counter() - started_at
    if seconds > 0.5:
        raise ConfigError(f"one second of speech takes {seconds:.2f} s: this machine is too slow")
    return f"{1 / seconds:.0f} times real time, one session alone"


def _opus() -> str:
    OpusEncoder(24_000, bitrate_bps=32_000).encode(np.zeros(480, np.float32))
    return "libopus" if libopus() is not None else "through PyAV, which costs more"


def _avatars(config: ServerConfig) -> str:
    catalog = open_catalog(config)
    try:
        names = ", ".join(avatar.id for avatar in catalog.all())
    finally:
        catalog.close()
    return names or "none yet: add some with avamotion avatars add"


def _address(config: ServerConfig) -> str:
    trusted_peers(config.listen.trusted_proxies)
    with bind(config) as sock:
        host, port = sock.getsockname()[:2]
    families = {socket.AF_INET: "IPv4", socket.AF_INET6: "IPv6"}
    return f"{host}:{port} is free ({families[sock.family]})"


def _certificate(config: ServerConfig) -> str:
    check_tls(config.listen)
    if config.listen.tls_certificate:
        return config.listen.tls_certificate
    if config.listen.host in ("127.0.0.1", "::1", "localhost") or config.listen.trusted_proxies:
        return "none; plain HTTP on this machine or behind a proxy"
    raise ConfigError(
        f"none, and the server listens on {config.listen.host}: API keys would cross the network "
        "in the clear; set listen.tls_certificate and listen.tls_key, or put a proxy before it"
    )


def _keys(config: ServerConfig) -> str:
    for name, secret in (
        ("app.signing_key", config.app.signing_key),
        ("ops.key", config.ops.key),
    ):
        if secret and len(secret.reveal()) < _MIN_SECRET_CHARACTERS:
            raise ConfigError(f"{name}: use at least {_MIN_SECRET_CHARACTERS} random characters")
    if config.database.url:
        return "in a database"
    if config.app.api_key and config.app.signing_key:
        return "one, from the settings"
    return "development keys, new ones at every start"


def _application(config: ServerConfig) -> str:
    create_app(config)
    return "can be built" + (", database included" if config.database.url else "")


def _files() -> str:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < _MIN_FILES:
        raise ConfigError(f"at most {soft}: raise it to {_MIN_FILES} or more (ulimit -n)")
    return f"at most {soft}"
