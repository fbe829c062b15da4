"""Recordings of people: the prompts of Debian's ``asterisk-core-sounds-*``, read in studios.

Their texts are known; PyPI's ``pocketsphinx`` (BSD) finds when each phone sounds. It knows American
English: other languages are told it in the phones that their sounds become on the lips. The
recordings are CC BY-SA 3.0, and only figures leave this machine.

Shapes: N samples.
"""

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av
import numpy as np
from numpy.typing import NDArray

from training.ipa import phones_of
from training.text import phonemize
from training.utterance import SAMPLE_RATE_HZ, Segment, Utterance

__all__ = ["PEOPLE", "Person", "recordings"]

_SOUNDS: Final = Path("/usr/share/asterisk/sounds")
_TEXTS: Final = "/usr/share/doc/asterisk-core-sounds-{0}/core-sounds-{0}.txt.gz"
_PROMPT: Final = re.compile(r"([\w-]+): ([^\[\d]+)")
"""Name and words; those in brackets are descriptions of noises, digits are read who knows how."""
_N_WORDS: Final = (4, 20)
_MARGIN_SAMPLES: Final = 3200
"""The aligner wants to hear a little of nothing first."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who reads.

    Attributes:
        name: As in the name of the folder.
        language: As espeak-ng says it.
        folder: Below Asterisk's sounds.
        text: Whose list of prompts.
    """

    name: str
    language: str
    folder: str
    text: str

    @property
    def installed(self) -> bool:
        """Whether the recordings are there."""
        return (_SOUNDS / self.folder).is_dir()


PEOPLE: Final = (
    Person("Allison", "en-us", "en_US_f_Allison", "en"),
    Person("Allison", "es", "es_MX_f_Allison", "es"),
    Person("June", "fr-fr", "fr_CA_f_June", "fr"),
    Person("Carlo", "it", "it_IT_m_Carlo", "it"),
)


def recordings(person: Person) -> Iterator[Utterance]:
    """Yield what a person, who must be installed, recorded; in an order that mixes the prompts."""
    aligner = _Aligner(person.language)
    prompts = list(_prompts(person))
    for i in np.random.default_rng(0).permutation(len(prompts)):
        name, words = prompts[i]
        samples = _read(_SOUNDS / person.folder / f"{name}.g722")
        segments = aligner.align(samples, words)
        if segments:
            yield Utterance(samples, segments, "people", person.name, person.language)


def _prompts(person: Person) -> Iterator[tuple[str, list[str]]]:
    """Yield the name and the words of each prompt that is a sentence and is there."""
    with gzip.open(_TEXTS.format(person.text), "rt", encoding="utf-8", errors="replace") as file:
        for line in file:
            found = _PROMPT.fullmatch(line.strip())
            if found is None:
                continue
            words = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", found[2].lower())
            path = _SOUNDS / person.folder / f"{found[1]}.g722"
            if _N_WORDS[0] <= len(words) <= _N_WORDS[1] and path.is_file():
                yield found[1], words


def _read(path: Path) -> NDArray[np.int16]:
    """Decode a prompt, and put noise that nobody hears around it, (N,)."""
    with av.open(str(path), format="g722") as container:
        resampler = av.AudioResampler("s16", "mono", SAMPLE_RATE_HZ)
        decoded = [*container.decode(audio=0), None]
        pieces = [part.to_ndarray()[0] for frame in decoded for part in resampler.resample(frame)]
    noise = np.random.default_rng(0).integers(-3, 4, (2, _MARGIN_SAMPLES), dtype=np.int16)
    return np.concatenate([noise[0], *pieces, noise[1]])


class _Aligner:
    """Finds when each phone of a known text sounds."""

    def __init__(self, language: str) -> None:
        from pocketsphinx import Decoder

        self._language = language
        self._decoder = Decoder(samprate=SAMPLE_RATE_HZ, lm=None, bestpath=False, loglevel="FATAL")

    def align(self, samples: NDArray[np.int16], words: list[str]) -> tuple[Segment, ...]:
        """Return the phones, from the first sample to the last; nothing if they are not found."""
        entries = [self._entry(word) for word in words]
        if None in entries:
            return ()
        decoder = self._decoder
        decoder.set_align_text(" ".join(entry for entry in entries if entry))
        self._hear(samples)  # finds the words,
        if decoder.hyp() is None:
            return ()
        decoder.set_alignment()
        self._hear(samples)  # and then the phones in them
        segments: list[Segment] = []
        for phone in decoder.get_alignment().phones():
            start_s, length_s = phone.start / 100, phone.duration / 100
            name = "SIL" if phone.name.startswith(("SIL", "+")) else phone.name.rstrip("012")
            segments.append(Segment(start_s, start_s + length_s, name))
        end_s = len(samples) / SAMPLE_RATE_HZ
        return (*segments, Segment(segments[-1].end_s, end_s, "SIL"))

    def _hear(self, samples: NDArray[np.int16]) -> None:
        self._decoder.start_utt()
        self._decoder.process_raw(samples.tobytes(), full_utt=True)
        self._decoder.end_utt()

    def _entry(self, word: str) -> str | None:
        """Return a word as the aligner's dictionary has it; None if it must not be guessed."""
        if self._language == "en-us":
            return word if self._decoder.lookup_word(word) else None
        entry = f"{self._language}.{word}"
        if self._decoder.lookup_word(entry) is None:
            letters = phonemize(word, self._language)
            phones = [phone for letter in letters if (phone := phones_of(letter))]
            if not phones:
                return None
            self._decoder.add_word(entry, " ".join(phones), True)
        return entry
