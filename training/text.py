"""What the voices say: sentences from Debian's fortunes, and nonsense.

Nonsense is a string of syllables in phonetic letters. It has every sound beside every other, and
far more p, b, m, f, v, w than any language.
"""

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from training.ipa import respell

__all__ = ["LANGUAGES", "nonsense", "phonemize", "sentences"]

_FORTUNES: Final = Path("/usr/share/games/fortunes")
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s")
_LENGTH: Final = (20, 140)

_FILES: Final = {
    "en-us": ("fortunes", "humorists", "literature", "wisdom", "people", "science", "work", "law"),
    "es": ("es",),
    "it": ("it", "italia", "formiche", "leggi"),
    "de": ("de",),
    "pl": ("pl",),
    "ru": ("ru",),
    "pt-br": ("brasil",),
}

LANGUAGES: Final = {
    **{language: language for language in _FILES},
    # No texts of their own: read others' by their rules, for the sounds and not for the sense.
    "fr-fr": "es",
    "nl": "de",
    "sv": "de",
    "tr": "it",
    "fi": "it",
    "hu": "pl",
    "cs": "pl",
}
"""Languages by their name for espeak-ng, and whose texts they read."""

# fmt: off
_ONSETS: Final = (
    "p", "b", "m", "f", "v", "w", "t", "d", "n", "s", "z", "l", "ɹ", "k",
    "ɡ", "h", "j", "ʃ", "ʧ", "ʤ", "θ", "ð", "p", "b", "m", "f", "v", "w",
    "pl", "bɹ", "fl", "sp", "st", "tɹ", "kɹ", "sm", "bl", "pɹ", "fɹ", "sw",
)
# fmt: on
# fmt: off
_VOWELS: Final = (
    "i", "ɪ", "A", "ɛ", "æ", "ɑ", "ʌ", "ə", "ɔ", "O", "ʊ", "u", "I", "W", "Y", "ɜɹ",
)
# fmt: on
# fmt: off
_CODAS: Final = (
    "p", "b", "m", "f", "v", "t", "d", "n", "s", "z", "l", "ɹ", "k", "ɡ",
    "ŋ", "ʃ", "ʧ", "m", "p", "v", "f", "nd", "st", "mp", "lf", "ps",
)
# fmt: on


def sentences(language: str) -> list[str]:
    """Return sentences of a language, or nothing if its fortunes are not installed."""
    found: set[str] = set()
    for path in _files(LANGUAGES[language]):
        text = path.read_text(encoding="utf-8", errors="ignore")
        for entry in text.split("\n%\n"):
            for sentence in _SENTENCE.split(re.sub(r"\s+", " ", entry)):
                sentence = sentence.strip(" \"'-–—«»“”")
                low, high = _LENGTH
                if low < len(sentence) < high and re.fullmatch(
                    r"[^\W\d_][\w ,.'’!?;:-]+", sentence
                ):
                    found.add(sentence)
    return sorted(found)


def _files(language: str) -> Sequence[Path]:
    paths: list[Path] = []
    for name in _FILES[language]:
        path = _FORTUNES / name
        if path.is_dir():
            paths += sorted(
                p for p in path.iterdir() if p.suffix not in (".dat", ".u8") and p.is_file()
            )
        elif path.is_file():
            paths.append(path)
    return paths


def nonsense(rng: np.random.Generator) -> str:
    """Make up a sentence in the phonetic letters that Kokoro and hibari share."""
    words = []
    for _ in range(int(rng.integers(3, 9))):
        word = ""
        n_syllables = int(rng.integers(1, 4))
        stressed = int(rng.integers(n_syllables))
        for i in range(n_syllables):
            onset = str(rng.choice(_ONSETS)) if rng.random() < 0.9 else ""
            vowel = str(rng.choice(_VOWELS))
            coda = str(rng.choice(_CODAS)) if rng.random() < 0.45 else ""
            word += onset + ("ˈ" if i == stressed else "") + vowel + coda
        words.append(word + ("," if rng.random() < 0.15 else ""))
    return " ".join(words) + str(rng.choice([".", "?", "!"]))


def phonemize(text: str, language: str) -> str:
    """Write a text in phonetic letters, by espeak-ng's rules."""
    result = subprocess.run(
        ["espeak-ng", "-q", "--ipa=1", "-v", language, "--", text],
        capture_output=True,
        text=True,
        check=True,
    )
    letters = result.stdout.replace("\n", " ").replace("_", "")
    return respell(re.sub(r"\([a-z-]+\)", "", letters).strip(), language)
