"""Every parser that reads what strangers send.

Each target feeds one parser and says how it answered. The errors that a parser documents are
answers; anything else is a bug and gets out.
"""

import re
import struct
import tomllib

from avamotion.audio.opus import OggOpusDecoder
from avamotion.channel.message import decode_member_text
from avamotion.errors import AudioError, AuthError, ConfigError, RemoteProtocolError
from avamotion.protocol.ingress import IngressConnection, IngressLimits
from avamotion.protocol.message import ConfigureSession
from avamotion.protocol.payload import decode_animation, decode_channel_packet
from avamotion.server.avatar_report import examine_gltf
from avamotion.server.config import ServerConfig
from avamotion.server.glb import read_gltf
from avamotion.server.trace import trace_id
from avamotion.tokens.agora import verify_token
from avamotion.tokens.session import verify_session_token

__all__ = ["AGORA", "SIGNING_KEY", "TARGETS"]

SIGNING_KEY = "a signing key for fuzzing that is long enough"
AGORA = {
    "app_id": "0123456789abcdef0123456789abcdef",
    "app_certificate": "fedcba9876543210fedcba9876543210",
    "channel": "lobby",
}
_NOW = 1_800_000_000.0
_LIMITS = IngressLimits(10, 30, 100, 64)


def _answer(exc: Exception) -> str:
    """Return the kind of an error: its words without the numbers and names in it."""
    words = re.sub(r"'[^']*'|\"[^\"]*\"|\d+", "_", str(exc))
    return f"{type(exc).__name__}: {words[:60]}"


def _wire(data: bytes) -> str:
    """A whole session: messages with a length of two bytes before each."""
    connection = IngressConnection("c", limits=_LIMITS, now=0.0)
    seen = []
    while len(data) >= 2:
        (length,) = struct.unpack_from("<H", data)
        connection.receive_message(data[2 : 2 + length], now=1.0)
        data = data[2 + length :]
        while (event := connection.next_event()) is not None:
            seen.append(type(event).__name__)
            if isinstance(event, ConfigureSession):
                connection.confirm((), now=1.0)
    connection.data_to_send()
    end = connection.closed.reason if connection.closed else "open"
    return f"{sorted(set(seen))} {re.sub(r'[0-9]+', '_', end)[:60]}"


def _ogg(data: bytes) -> str:
    """A stream cut in two, which must not matter."""
    outcomes = []
    for at in (len(data), len(data) // 2):
        decoder = OggOpusDecoder()
        try:
            n_samples = len(decoder.decode(data[:at])) + len(decoder.decode(data[at:]))
            decoder.finish()
            outcomes.append(f"decoded {n_samples > 0}")
        except AudioError as exc:
            outcomes.append(_answer(exc))
    # Which of two faults is named first may depend on the cut, but not that there is one.
    whole, cut = (outcome.startswith("AudioError") for outcome in outcomes)
    assert whole == cut, "cutting a stream changes nothing"
    return outcomes[0]


def _channel(data: bytes) -> str:
    try:
        return type(decode_member_text(data.decode("utf-8", "replace"))).__name__
    except RemoteProtocolError as exc:
        return _answer(exc)


def _session_token(data: bytes) -> str:
    try:
        text = data.decode("utf-8", "replace")
        return verify_session_token(text, signing_key=SIGNING_KEY, now=_NOW).app_id
    except AuthError as exc:
        return _answer(exc)


def _agora_token(data: bytes) -> str:
    try:
        verify_token(data.decode("utf-8", "replace"), uid=1, now=_NOW, **AGORA)
    except AuthError as exc:
        return _answer(exc)
    return "good"


def _animation(data: bytes) -> str:
    try:
        return f"{len(decode_animation(data)) > 0}"
    except RemoteProtocolError as exc:
        return _answer(exc)


def _packet(data: bytes) -> str:
    try:
        packet = decode_channel_packet(data)
    except RemoteProtocolError as exc:
        return _answer(exc)
    return f"{len(packet.frames) > 0} {packet.start} {packet.end} {len(packet.opus) > 0}"


def _config(data: bytes) -> str:
    try:
        document = tomllib.loads(data.decode("utf-8", "replace"))
    except tomllib.TOMLDecodeError:
        return "no TOML"
    try:
        ServerConfig.from_mapping(document, {})
    except ConfigError as exc:
        problem = str(exc).partition(": ")[2]
        kinds = ("unknown table", "unknown", "a table", "a string", "a number", "at least 0")
        return next((kind for kind in kinds if kind in problem), "other")
    return "good"


def _glb(data: bytes) -> str:
    try:
        report = examine_gltf(read_gltf(data, max_json_bytes=1 << 16))
    except ConfigError as exc:
        return _answer(exc)
    return f"{report.level} {report.has_head_bone} {report.n_triangles > 0}"


def _trace(data: bytes) -> str:
    found = trace_id(data.decode("utf-8", "replace"))
    assert re.fullmatch(r"([0-9a-f]{32})?", found), found
    return str(bool(found))


TARGETS = {
    "wire": _wire,
    "ogg": _ogg,
    "channel": _channel,
    "session_token": _session_token,
    "agora_token": _agora_token,
    "animation": _animation,
    "packet": _packet,
    "config": _config,
    "glb": _glb,
    "trace": _trace,
}
