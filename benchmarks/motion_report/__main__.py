"""Measure mouths: ``python -m benchmarks.motion_report --out FILE [--clips DIR] [--document MD]``.

Without ``--clips``, synthesisers speak into a folder beside FILE, in voices that Avamotion never
learned from. FILE gets all figures as JSON; ``--document`` renews the tables and plots of a page.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.motion_report.clip import Clip, make_clips, read_clips
from benchmarks.motion_report.document import (
    Mouth,
    draw_composites,
    draw_example,
    figures,
    markdown,
)
from benchmarks.motion_report.face import (
    HEADAUDIO_VISEMES,
    OCULUS_VISEMES,
    Face,
    face_from_energy,
    face_from_phones,
    face_from_pictures,
    face_of_avamotion,
)
from benchmarks.motion_report.peer import PEERS, animate_with
from benchmarks.motion_report.score import pool, score

_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
_VISEMES: Final = {"headaudio": HEADAUDIO_VISEMES, "wawa": OCULUS_VISEMES}
_SHIFTS_S: Final = np.arange(0, -0.201, -0.01)
_MARKS: Final = ("<!-- figures -->\n", "<!-- end of figures -->\n")
_DRAWN_MOUTHS: Final = ("avamotion_40", "headaudio_shifted", "wawa_shifted", "energy")
_EXAMPLE_MOUTHS: Final = ("phones", "avamotion_40", "headaudio", "wawa")


def main() -> int:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.motion_report", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="where to write the figures, JSON")
    parser.add_argument("--clips", type=Path, help="a folder of NAME.wav and NAME.tsv")
    parser.add_argument("--document", type=Path, help="a page whose tables and plots to renew")
    arguments = parser.parse_args()
    out: Path = arguments.out
    out.parent.mkdir(parents=True, exist_ok=True)
    chromium = next((path for name in _BROWSERS if (path := shutil.which(name))), None)
    if chromium is None:
        print("error: the other libraries run in Chromium: install it first", file=sys.stderr)
        return 2
    try:
        if arguments.clips:
            clips = read_clips(arguments.clips)
        else:
            clips = make_clips(out.parent / "motion_clips")
    except ValueError as exc:
        print(f"error: {exc}", file=sys.stderr)
        return 2
    clips.sort(key=lambda clip: (clip.voice, clip.language, clip.path.stem))
    faces = _ours(clips)
    versions = []
    for peer in PEERS:
        version, sounds = animate_with(peer, [clip.path for clip in clips], chromium=chromium)
        versions.append(version)
        faces[peer] = [face_from_pictures(pictures, _VISEMES[peer]) for pictures in sounds]
    mouths = _measure(clips, faces)
    out.write_text(json.dumps(figures(mouths, clips, versions), indent=1) + "\n", encoding="utf-8")
    tables = markdown(mouths, clips)
    print(tables)
    if arguments.document:
        _renew(arguments.document, tables, mouths, clips, faces)
    return 0


def _ours(clips: Sequence[Clip]) -> dict[str, list[Face]]:
    kinds: dict[str, Callable[[Clip], Face]] = {
        "phones": lambda clip: face_from_phones(clip.labels.segments, clip.labels.duration_s),
        "avamotion_80": lambda clip: face_of_avamotion(clip.path, 80),
        "avamotion_40": lambda clip: face_of_avamotion(clip.path, 40),
        "energy": lambda clip: face_from_energy(clip.path),
    }
    return {key: [animate(clip) for clip in clips] for key, animate in kinds.items()}


def _measure(clips: Sequence[Clip], faces: Mapping[str, Sequence[Face]]) -> list[Mouth]:
    mouths = [
        _mouth("phones", "*its rules, told the phones*", clips, faces["phones"]),
        _mouth("avamotion_80", "**Avamotion**, 80 ms lookahead", clips, faces["avamotion_80"]),
        _mouth("avamotion_40", "**Avamotion**, 40 ms lookahead", clips, faces["avamotion_40"]),
    ]
    for peer, title in PEERS.items():
        shifted = [
            _mouth(f"{peer}_shifted", title, clips, faces[peer], shift_s=float(shift_s))
            for shift_s in _SHIFTS_S
        ]
        best = max(range(len(shifted)), key=lambda i: shifted[i].overall["composite"])
        early_ms = round(-1000 * _SHIFTS_S[best])
        mouths.append(_mouth(peer, title, clips, faces[peer]))
        found = shifted[best]
        name = f"{title}, sound {early_ms} ms later"
        mouths.append(Mouth(found.key, name, found.by_group, found.overall))
    mouths.append(_mouth("energy", "*jaw follows loudness*", clips, faces["energy"]))
    return mouths


def _mouth(
    key: str, title: str, clips: Sequence[Clip], faces: Sequence[Face], *, shift_s: float = 0.0
) -> Mouth:
    results = [
        score(face, clip.labels, shift_s=shift_s) for face, clip in zip(faces, clips, strict=True)
    ]
    by_group = {
        group: pool([r for r, clip in zip(results, clips, strict=True) if clip.group == group])
        for group in dict.fromkeys(clip.group for clip in clips)
    }
    return Mouth(key, title, by_group, pool(results))


def _renew(
    page: Path,
    tables: str,
    mouths: Sequence[Mouth],
    clips: Sequence[Clip],
    faces: Mapping[str, Sequence[Face]],
) -> None:
    """Put tables and plots into a page, between its marks."""
    begin, end = _MARKS
    before, _, rest = page.read_text(encoding="utf-8").partition(begin)
    _, _, after = rest.partition(end)
    page.write_text(f"{before}{begin}\n{tables}\n{end}{after}", encoding="utf-8")
    images = page.parent / "images"
    plain = [Mouth(m.key, m.title.replace("*", ""), m.by_group, m.overall) for m in mouths]
    drawn = [mouth for mouth in plain if mouth.key in _DRAWN_MOUTHS]
    draw_composites(images / "motion-composite.svg", drawn)
    titles = {mouth.key: mouth.title for mouth in plain}
    shown = next((i for i, clip in enumerate(clips) if clip.language.startswith("en")), 0)
    example = {titles[key]: faces[key][shown] for key in _EXAMPLE_MOUTHS}
    draw_example(images / "motion-example.svg", clips[shown], example)


if __name__ == "__main__":
    sys.exit(main())
