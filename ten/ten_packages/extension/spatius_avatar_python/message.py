"""Reads TEN messages, whatever shape their senders gave them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from ten_runtime import AudioFrame, Data

from .pcm import AudioShape
from .style import read_style
from .turn import EndReason, TurnKey

__all__ = [
    "Signal",
    "frame_data",
    "frame_metadata",
    "frame_shape",
    "read_motion_style",
    "read_signal",
]


@dataclass(frozen=True, slots=True)
class Signal:
    """What a data message of the TTS says.

    Attributes:
        key: The turn it is about.
        metadata: Its metadata.
        reason: Why the request ended; REQUEST_END if it does not say.
    """

    key: TurnKey
    metadata: Mapping[str, object]
    reason: EndReason


def read_signal(data: Data) -> Signal:
    """Read ``tts_audio_start``, ``tts_audio_end`` or ``finalize``."""
    text, error = data.get_property_to_json("")
    body = _object(text) if error is None else {}
    metadata = _object(body.get("metadata"))
    return Signal(
        TurnKey.from_metadata(metadata, body.get("request_id")),
        metadata,
        _reason(body.get("reason")),
    )


def read_motion_style(data: Data) -> dict[str, str]:
    """Read ``motion_style`` as session parameters.

    Raises:
        ValueError: If its ``style`` is none.
    """
    text, error = data.get_property_to_json("style")
    return read_style(_object(text) if error is None else {}, where="style")


def frame_metadata(frame: AudioFrame) -> Mapping[str, object]:
    """Return a frame's metadata, empty if it has none."""
    text, error = frame.get_property_to_json("metadata")
    return _object(text) if error is None else {}


def frame_shape(frame: AudioFrame) -> AudioShape:
    """Return what a frame says about its samples."""
    return AudioShape(
        frame.get_sample_rate(), frame.get_bytes_per_sample(), frame.get_number_of_channels()
    )


def frame_data(frame: AudioFrame) -> bytes:
    """Return a frame's bytes, empty if it has no buffer."""
    try:
        return bytes(frame.get_buf())
    except SystemError:
        return b""  # some runtimes say so when a frame has no buffer


def _reason(value: object) -> EndReason:
    try:
        return EndReason(int(str(value)))
    except ValueError:
        return EndReason.REQUEST_END


def _object(value: object) -> Mapping[str, object]:
    # A property set as a string holds JSON inside JSON.
    for _ in range(2):
        if not isinstance(value, str):
            break
        try:
            value = json.loads(value)
        except json.JSONDecodeError:
            return {}
    return value if isinstance(value, Mapping) else {}
