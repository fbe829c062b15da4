"""libopus, called directly.

PyAV sends every packet through a filter graph before it is encoded, with two threads per encoder;
that costs three times what the encoding costs. The library is the one that PyAV brings along,
else the system's.
"""

import ctypes
from ctypes.util import find_library
from functools import cache
from pathlib import Path
from typing import Final

import av
import numpy as np

from avamotion.errors import AudioError
from avamotion.media import FloatArray

__all__ = ["DirectOpusEncoder", "libopus"]

# opus_defines.h
_APPLICATION_AUDIO: Final = 2049
_SET_BITRATE: Final = 4002
_SET_COMPLEXITY: Final = 4010
# RFC 6716, 3.2.1: the largest frame.
_MAX_FRAME_BYTES: Final = 1275


@cache
def libopus() -> ctypes.CDLL | None:
    """Return the library, or None if there is none that can be called directly."""
    package = Path(av.__file__).parent
    folders = (package.parent / "av.libs", package / ".dylibs")
    found = [path for folder in folders for path in sorted(folder.glob("*opus*"))]
    for name in (*map(str, found), find_library("opus")):
        try:
            # PyDLL keeps the interpreter's lock: to let go of it for 30 µs and wait for it again,
            # while the event loop is busy, takes longer than the call.
            library = ctypes.PyDLL(name) if name else None
        except OSError:
            continue
        if library is not None and hasattr(library, "opus_encode_float"):
            return _declare(library)
    return None


def _declare(library: ctypes.CDLL) -> ctypes.CDLL:
    pointer, integer = ctypes.c_void_p, ctypes.c_int
    library.opus_encoder_create.restype = pointer
    library.opus_encoder_create.argtypes = (integer, integer, integer, ctypes.POINTER(integer))
    # The value that a control takes is a variable argument: it must not be declared here.
    library.opus_encoder_ctl.argtypes = (pointer, integer)
    library.opus_encode_float.argtypes = (pointer, pointer, integer, pointer, ctypes.c_int32)
    library.opus_encoder_destroy.argtypes = (pointer,)
    library.opus_encoder_destroy.restype = None
    return library


class DirectOpusEncoder:
    """Encodes one mono stream, 20 ms a packet.

    Args:
        library: What :func:`libopus` gave.
        sample_rate_hz: 8000, 12000, 16000, 24000 or 48000.
        bitrate_bps: Bits per second, on average.
        complexity: Effort, 0 to 10.

    Raises:
        AudioError: If there can be no such encoder.
    """

    def __init__(
        self, library: ctypes.CDLL, sample_rate_hz: int, *, bitrate_bps: int, complexity: int
    ) -> None:
        self._library = library
        self._packet_samples = sample_rate_hz // 50
        self._packet = ctypes.create_string_buffer(_MAX_FRAME_BYTES)
        error = ctypes.c_int()
        self._encoder: int | None = library.opus_encoder_create(
            sample_rate_hz, 1, _APPLICATION_AUDIO, ctypes.byref(error)
        )
        if not self._encoder:
            raise AudioError(f"there is no Opus encoder for {sample_rate_hz} Hz ({error.value})")
        for request, value in ((_SET_BITRATE, bitrate_bps), (_SET_COMPLEXITY, complexity)):
            if library.opus_encoder_ctl(self._encoder, request, ctypes.c_int32(value)) != 0:
                raise AudioError(f"Opus cannot encode at {bitrate_bps} bps, effort {complexity}")

    def encode(self, samples: FloatArray) -> bytes:
        """Encode exactly 20 ms, (sample_rate_hz / 50,), into one packet.

        Raises:
            ValueError: If it is not exactly 20 ms.
        """
        if samples.shape != (self._packet_samples,):
            raise ValueError(f"a packet takes {self._packet_samples} samples, not {samples.shape}")
        pcm = np.ascontiguousarray(samples, np.float32)
        n_bytes: int = self._library.opus_encode_float(
            self._encoder,
            pcm.__array_interface__["data"][0],  # a third of the price of pcm.ctypes
            self._packet_samples,
            self._packet,
            _MAX_FRAME_BYTES,
        )
        if n_bytes < 0:
            raise AudioError(f"Opus cannot encode this sound ({n_bytes})")
        return self._packet.raw[:n_bytes]

    def __del__(self) -> None:
        if getattr(self, "_encoder", None):
            self._library.opus_encoder_destroy(self._encoder)
            self._encoder = None
