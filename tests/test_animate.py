"""Stories of `avamotion animate`, without its command line."""

import csv
import json
import wave
from pathlib import Path

import numpy as np
import pytest

from avamotion.animate import animate, read_sound
from avamotion.errors import AudioError, ConfigError, ModelError
from avamotion.media import BLENDSHAPES
from avamotion.motion import MotionStyle


def write_wav(
    path: Path, *, rate_hz: int = 16_000, n_channels: int = 1, duration_s: float = 1.0
) -> Path:
    """Write a buzz that opens the mouth."""
    time_s = np.arange(int(rate_hz * duration_s)) / rate_hz
    buzz = sum(np.sin(2 * np.pi * 120 * k * time_s) / k for k in range(1, 12))
    pcm = (np.repeat(np.asarray(buzz)[:, None], n_channels, axis=1) * 9000).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(n_channels)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(pcm.tobytes())
    return path


def test_the_archive_holds_what_was_computed(tmp_path: Path) -> None:
    said: list[float] = []
    out = tmp_path / "out.npz"
    made = animate(write_wav(tmp_path / "in.wav"), out, progress=said.append)
    with np.load(out) as archive:
        assert list(archive["names"]) == list(BLENDSHAPES)
        np.testing.assert_array_equal(archive["values"], made.values)
        np.testing.assert_allclose(archive["times"], np.arange(50) / 50)
        assert archive["head"].shape == (50, 4)
        assert archive["gaze"].shape == (50, 2)
    assert said == sorted(said)
    assert said[-1] == 1.0


@pytest.mark.parametrize("rate_hz", [8_000, 22_050, 44_100, 48_000])
@pytest.mark.parametrize("n_channels", [1, 2, 6])
def test_any_rate_and_number_of_channels_is_read(
    tmp_path: Path, rate_hz: int, n_channels: int
) -> None:
    path = write_wav(tmp_path / "in.wav", rate_hz=rate_hz, n_channels=n_channels)
    assert len(read_sound(path)) == pytest.approx(16_000, abs=40)


@pytest.mark.parametrize("fps", [24.0, 29.97, 60.0])
def test_another_frame_rate_samples_the_same_curves(tmp_path: Path, fps: float) -> None:
    sound = write_wav(tmp_path / "in.wav", duration_s=1.5)
    native = animate(sound, tmp_path / "a.npz")
    other = animate(sound, tmp_path / "b.npz", fps=fps)
    np.testing.assert_allclose(np.diff(other.times_s), 1 / fps)
    assert other.times_s[-1] < 1.5 <= other.times_s[-1] + 1 / fps + 1e-6
    jaw = BLENDSHAPES.index("jawOpen")
    expected = np.interp(other.times_s, native.times_s, native.values[:, jaw])
    np.testing.assert_allclose(other.values[:, jaw], expected, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(other.head, axis=1), 1, atol=1e-6)


def test_the_table_has_the_layout_of_live_link_face(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    made = animate(write_wav(tmp_path / "in.wav"), out, fps=25)
    with out.open(newline="") as file:
        header, *lines = csv.reader(file)
    assert header[:3] == ["Timecode", "BlendShapeCount", "EyeBlinkLeft"]
    assert header[16:20] == ["JawForward", "JawRight", "JawLeft", "JawOpen"]
    assert header.index("MouthRight") + 1 == header.index("MouthLeft")
    assert header[53:] == [
        *("TongueOut", "HeadYaw", "HeadPitch", "HeadRoll"),
        *("LeftEyeYaw", "LeftEyePitch", "LeftEyeRoll"),
        *("RightEyeYaw", "RightEyePitch", "RightEyeRoll"),
    ]
    assert len(lines) == 25
    assert all(len(line) == 63 and line[1] == "61" for line in lines)
    assert lines[3][0] == "00:00:00:03.000"
    jaw = [float(line[header.index("JawOpen")]) for line in lines]
    np.testing.assert_allclose(jaw, made.values[:, BLENDSHAPES.index("jawOpen")], atol=1e-5)


def test_head_angles_of_the_table_turn_back_into_the_head(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    made = animate(write_wav(tmp_path / "in.wav", duration_s=3), out, style=MotionStyle(seed=3))
    with out.open(newline="") as file:
        lines = list(csv.DictReader(file))
    yaw = np.array([float(line["HeadYaw"]) for line in lines])
    pitch = np.array([float(line["HeadPitch"]) for line in lines])
    # For small angles a quaternion's vector part is half of each.
    np.testing.assert_allclose(2 * made.head[:, 1], yaw, atol=0.003)
    np.testing.assert_allclose(-2 * made.head[:, 0], pitch, atol=0.003)
    assert np.abs(yaw).max() > 0.005


def test_the_document_names_its_weights(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    animate(write_wav(tmp_path / "in.wav"), out)
    document = json.loads(out.read_text())
    assert document["names"] == list(BLENDSHAPES)
    assert document["fps"] == 50
    assert len(document["frames"]) == 50
    assert len(document["frames"][0]["weights"]) == 52


def test_a_plot_is_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    animate(write_wav(tmp_path / "in.wav"), tmp_path / "out.npz", plot=tmp_path / "out.png")
    assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG")


def test_a_missing_plot_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "matplotlib.figure", None)
    with pytest.raises(ConfigError, match=r"pip install 'avamotion\[plot\]'"):
        animate(write_wav(tmp_path / "in.wav"), tmp_path / "out.npz", plot=tmp_path / "out.png")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"RIFF....WAVE", "cannot|not a sound file"),
        (b"hello" * 99, "not a sound"),
    ],
)
def test_a_file_without_sound_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "in.wav"
    path.write_bytes(content)
    with pytest.raises(AudioError, match=sentence):
        animate(path, tmp_path / "out.npz")


def test_a_wav_of_no_samples_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="holds no sound"):
        animate(write_wav(tmp_path / "in.wav", duration_s=0), tmp_path / "out.npz")


def test_what_cannot_be_done_is_said_before_the_work(tmp_path: Path) -> None:
    sound = write_wav(tmp_path / "in.wav")
    with pytest.raises(ConfigError, match=r"must end in \.npz, \.csv, \.json"):
        animate(sound, tmp_path / "out.mp4")
    with pytest.raises(ConfigError, match="there is no folder"):
        animate(sound, tmp_path / "nowhere" / "out.npz")
    with pytest.raises(ConfigError, match="frames per second"):
        animate(sound, tmp_path / "out.npz", fps=0)
    with pytest.raises(AudioError, match="there is no file"):
        animate(tmp_path / "nothing.wav", tmp_path / "out.npz")
    with pytest.raises(ModelError, match="there is no motion model"):
        animate(sound, tmp_path / "out.npz", model=tmp_path / "nothing.onnx")
