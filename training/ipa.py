"""From the International Phonetic Alphabet to the model's phones.

A sound that English lacks becomes the English one that looks most like it on the lips: a
front-rounded vowel is rounded before it is front, a back vowel without rounding is not, a tap is a
short D, and how the breath flows (ejectives, implosives, nasal vowels) changes nothing.
"""

import unicodedata
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.utterance import Segment

__all__ = ["MODIFIERS", "PHONE_OF", "STRESSES", "phones_of", "respell", "segment"]

STRESSES: Final = frozenset("ˈˌ")
"""Marks whose time belongs to the next sound."""

MODIFIERS: Final = frozenset("ːˑʰʱʲʷˠˤʼᵝ̩̯̝̞̥̪̤̰̠̟̃̊͡")
"""Marks whose time belongs to the sound before."""

_GROUPS: Final = {
    "AA": "ɑaä",
    "AE": "æ",
    "AH": "ʌəɐᵊɤɘ",
    "AO": "ɔɒ",
    "AW": "W",
    "AY": "I",
    "EH": "ɛeε",
    "ER": "ɜɚɝ",
    "EY": "A",
    "IH": "ɪᵻɨɯ",
    "IY": "i",
    "OW": "oɵɞOQœøɶ",
    "OY": "Y",
    "UH": "ʊʏ",
    "UW": "uyʉ",
    "B": "bɓʙ",
    "CH": "ʧʨ",
    "D": "dɾrɖɗɽɺT",
    "DH": "ð",
    "F": "fɸ",
    "G": "ɡgɣʁʀɟɠɢʛʄ",
    "HH": "hɦçħʜʔʕʢ",
    "JH": "ʤʥ",
    "K": "kxχcqɰ",
    "L": "lɫɭɬɮʟ",
    "M": "m",
    "N": "nɲɳ",
    "NG": "ŋɴ",
    "P": "pʘ",
    "R": "ɹɻ",
    "S": "sʦ",
    "SH": "ʃɕʂ",
    "T": "tʈǀǃǂǁ",
    "TH": "θ",
    "V": "vβʋⱱɱ",
    "W": "wɥʍ",
    "Y": "jʎʝ",
    "Z": "zʣ",
    "ZH": "ʒʑʐ",
}

PHONE_OF: Final = {symbol: phone for phone, symbols in _GROUPS.items() for symbol in symbols}
"""The phone of a symbol; capital letters are diphthongs in the alphabet of Kokoro and hibari."""

_PAIRS: Final = {
    "aɪ": "AY",
    "aʊ": "AW",
    "eɪ": "EY",
    "oʊ": "OW",
    "əʊ": "OW",
    "ɔɪ": "OY",
    "tʃ": "CH",
    "dʒ": "JH",
    "ts": "S",
    "dz": "Z",
    "tɕ": "CH",
    "dʑ": "JH",
    "tʂ": "CH",
    "dʐ": "JH",
    "sx": "SH",
    "ɯᵝ": "UH",
    "oː": "OW",
    "ɔː": "AO",
}

_SPELLINGS: Final = {
    "ru": {"y": "ɨ"},
    "pt": {"y": "ɪ"},
    "de": {"ɜ": "ɐ"},
    "vi": {"y": "ɯ"},
}
"""What espeak-ng writes otherwise than the alphabet means it, by language."""

_PAUSE_LEVEL: Final = 0.06
_PAUSE_S: Final = 0.03


def respell(letters: str, language: str) -> str:
    """Write what espeak-ng gives for a language as the alphabet means it, marks apart."""
    for written, meant in _SPELLINGS.get(language.partition("-")[0], {}).items():
        letters = letters.replace(written, meant)
    # Of letters with a mark, those that are no sound of their own, as ç is: ã, õ.
    return "".join(
        letter if letter in PHONE_OF else unicodedata.normalize("NFD", letter) for letter in letters
    )


def phones_of(symbols: str) -> str | None:
    """Return the phone of one spoken unit such as ``aɪ`` or ``ˈt``; None for a pause."""
    bare = "".join(symbol for symbol in symbols if symbol not in STRESSES)
    for pair, phone in _PAIRS.items():
        if bare.startswith(pair):
            return phone
    return next((PHONE_OF[symbol] for symbol in bare if symbol in PHONE_OF), None)


def segment(
    symbols: Sequence[str], bounds_s: Sequence[float], samples: NDArray[np.float32], rate_hz: int
) -> list[Segment]:
    """Turn a synthesiser's symbols and their times into phones.

    A space or a comma is a pause if the sound is one there; otherwise its time goes to its
    neighbours.

    Args:
        symbols: One character each; the first and the last are padding.
        bounds_s: Where each symbol begins, and where the last one ends.
        samples: The sound, (N,).
        rate_hz: Its rate.
    """
    n_blocks = max(1, len(samples) // 160)
    blocks = samples[: n_blocks * 160].reshape(n_blocks, -1)
    loud = float(np.percentile(np.sqrt(np.square(blocks).mean(axis=1)), 90)) or 1.0

    def is_pause(start_s: float, end_s: float) -> bool:
        part = samples[int(start_s * rate_hz) : max(int(end_s * rate_hz), 1)]
        level = float(np.sqrt(np.square(part).mean())) if len(part) else 0.0
        return level < _PAUSE_LEVEL * loud and end_s - start_s > _PAUSE_S

    found: list[Segment] = []
    begins_s: float | None = None
    last = len(symbols) - 1
    for i, symbol in enumerate(symbols):
        start_s, end_s = bounds_s[i], bounds_s[i + 1]
        if end_s <= start_s:
            continue
        if symbol in STRESSES:
            begins_s = start_s if begins_s is None else begins_s
            continue
        if symbol in MODIFIERS and found:
            found[-1] = Segment(found[-1].start_s, end_s, found[-1].phone)
            continue
        phone = "SIL" if i in (0, last) else PHONE_OF.get(symbol)
        if phone is None:
            if is_pause(start_s, end_s):
                phone = "SIL"
            else:
                middle_s = (start_s + end_s) / 2
                if found:
                    found[-1] = Segment(found[-1].start_s, middle_s, found[-1].phone)
                begins_s = middle_s if begins_s is None else begins_s
                continue
        found.append(Segment(start_s if begins_s is None else begins_s, end_s, phone))
        begins_s = None
    return found
