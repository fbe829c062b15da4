"""Measure a mouth while it speaks: are the lips of this head shut when the sound says so?

The motion engine's coefficients may look closed while the lips of a head stand apart. So speech
whose phones are known is animated, the head's closure curve is applied as the renderer does, and
the gap is measured on the mesh.

Shapes: N frames, C blend shapes, M moments.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from tools.assets.array import FloatArray
from tools.assets.mouth import Mouth

__all__ = ["Phone", "PhoneFileError", "SpokenGaps", "measure_speech", "pool", "read_phones"]

SHUT_MM: Final = 0.5
"""Lips that are no further apart look shut."""
TOUCHING_MM: Final = 1.0
"""A lower lip that is no further from the upper teeth looks as if it touched them."""
BILABIALS: Final = frozenset({"P", "B", "M"})
LABIODENTALS: Final = frozenset({"F", "V"})
REACH_S: Final = 0.04
"""A closure this much before or after its phone still looks in time."""
PAUSE_S: Final = 0.36
"""Pauses that are shorter need not shut the mouth."""
MARGIN_S: Final = 0.12
"""At either end of a pause lips may still, or already, move."""
STEP_S: Final = 0.02


class PhoneFileError(ValueError):
    """A file of phone timings that cannot be read."""


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone, in ARPABET without stress or ``SIL``, and when it sounds."""

    start_s: float
    end_s: float
    name: str


@dataclass(frozen=True, slots=True)
class SpokenGaps:
    """Gaps in millimetres at the moments that matter, (M,) each.

    Attributes:
        centre_mm: Widest gap of the lips at the centre of each p, b, m.
        least_mm: Least of the widest gaps from 40 ms before each p, b, m to 40 ms after.
        pause_mm: Widest gap every 20 ms of the pauses of speech, but for their first and last
            120 ms.
        teeth_mm: Least distance of the lower lip to the upper teeth in each f, v.
    """

    centre_mm: FloatArray
    least_mm: FloatArray
    pause_mm: FloatArray
    teeth_mm: FloatArray

    @property
    def shares(self) -> tuple[float, float, float, float]:
        """Shares of the moments at which lips are shut, or touch the teeth; NaN for none."""
        return (
            _share(self.centre_mm, SHUT_MM),
            _share(self.least_mm, SHUT_MM),
            _share(self.pause_mm, SHUT_MM),
            _share(self.teeth_mm, TOUCHING_MM),
        )


def _share(gaps_mm: FloatArray, most_mm: float) -> float:
    return float((gaps_mm <= most_mm).mean()) if len(gaps_mm) else float("nan")


def read_phones(path: Path) -> list[Phone]:
    """Read a table of start, end and phone, in seconds, with one line of titles.

    Raises:
        PhoneFileError: If there is no such file or it is no text, a line is something else, or
            there is none.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise PhoneFileError(
            f"there is no {path}: write a table of the clip's phones there, with a line of titles "
            "and then start, end and phone between tabs, in seconds"
        ) from None
    except UnicodeDecodeError:
        raise PhoneFileError(f"{path} is not text in UTF-8") from None
    phones = []
    for number, line in enumerate(text.splitlines()[1:], start=2):
        try:
            start, end, name = line.split("\t")
            phones.append(Phone(float(start), float(end), name.strip()))
        except ValueError:
            raise PhoneFileError(
                f"{path}, line {number}: expected start, end and phone between tabs"
            ) from None
    if not phones:
        raise PhoneFileError(f"{path} lists no phones")
    return phones


def measure_speech(
    mouth: Mouth,
    names: Sequence[str],
    times_s: FloatArray,
    weights: FloatArray,
    phones: Sequence[Phone],
) -> SpokenGaps:
    """Measure the gaps of one recording.

    Args:
        mouth: The head's mouth.
        names: Blend shapes, (C,).
        times_s: When each frame is shown, ascending, (N,).
        weights: What the renderer gives to the mesh, closure curve included, (N, C).
        phones: What is said when.
    """
    moments: list[float] = []
    spans: dict[str, list[slice]] = {"lips": [], "pause": [], "teeth": []}

    def ask(kind: str, start_s: float, end_s: float) -> None:
        n_steps = max(2, 1 + round((end_s - start_s) / STEP_S))
        spans[kind].append(slice(len(moments), len(moments) + n_steps))
        moments.extend(np.linspace(start_s, end_s, n_steps))

    for phone in phones:
        if phone.name in BILABIALS:
            middle = (phone.start_s + phone.end_s) / 2
            reach = (phone.end_s - phone.start_s) / 2 + REACH_S
            ask("lips", middle, middle + reach)  # its first moment is the centre
            ask("lips", middle - reach, middle)
        elif phone.name in LABIODENTALS:
            ask("teeth", phone.start_s, phone.end_s)
        elif phone.name == "SIL" and phone.end_s - phone.start_s >= PAUSE_S:
            ask("pause", phone.start_s + MARGIN_S, phone.end_s - MARGIN_S)
    if not moments:
        nothing = np.zeros(0)
        return SpokenGaps(nothing, nothing, nothing, nothing)
    shown = np.stack([np.interp(moments, times_s, column) for column in weights.T], axis=1)
    gap = mouth.measure(names, shown)
    widest, teeth = gap.widest_mm, gap.lip_to_teeth_mm
    halves = spans["lips"]
    return SpokenGaps(
        np.array([widest[later.start] for later in halves[::2]]),
        np.array(
            [
                min(widest[later].min(), widest[sooner].min())
                for later, sooner in zip(halves[::2], halves[1::2], strict=True)
            ]
        ),
        np.concatenate([widest[span] for span in spans["pause"]] or [np.zeros(0)]),
        np.array([teeth[span].min() for span in spans["teeth"]]),
    )


def pool(some: Sequence[SpokenGaps]) -> SpokenGaps:
    """Put the moments of several recordings together."""
    return SpokenGaps(
        np.concatenate([gaps.centre_mm for gaps in some]),
        np.concatenate([gaps.least_mm for gaps in some]),
        np.concatenate([gaps.pause_mm for gaps in some]),
        np.concatenate([gaps.teeth_mm for gaps in some]),
    )
