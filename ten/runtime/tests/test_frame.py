"""Buffers and attributes of data, audio frames and video frames (A13)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ten_runtime import AudioFrame, AudioFrameDataFmt, Data, PixelFmt, VideoFrame

KINDS: list[tuple[Callable[[str], Any], type[Exception]]] = [
    (AudioFrame.create, RuntimeError),
    (VideoFrame.create, SystemError),
    (Data.create, SystemError),
]


@pytest.mark.parametrize(("create", "_error"), KINDS)
def test_what_is_written_into_a_locked_buffer_stays(
    create: Callable[[str], Any], _error: type[Exception]
) -> None:
    msg = create("m")
    assert msg.get_buf() == bytearray()
    msg.alloc_buf(4)
    view = msg.lock_buf()
    view[:] = b"abcd"
    msg.unlock_buf(view)
    copy = msg.get_buf()
    assert type(copy) is bytearray
    assert copy == b"abcd"
    copy[0] = 0
    assert msg.get_buf() == b"abcd"
    assert bytes(view) == b"abcd"  # still valid, where the C runtime leaves it dangling


@pytest.mark.parametrize(("create", "error"), KINDS)
def test_buffers_that_are_not_locked_cannot_be_unlocked(
    create: Callable[[str], Any], error: type[Exception]
) -> None:
    msg = create("m")
    with pytest.raises(error):
        msg.lock_buf()
    msg.alloc_buf(4)
    view = msg.lock_buf()
    with pytest.raises(error):
        msg.unlock_buf(bytearray(4))
    with pytest.raises(ValueError, match="empty"):
        msg.unlock_buf(b"")
    msg.unlock_buf(view)
    with pytest.raises(error):
        msg.unlock_buf(view)


def test_locks_nest() -> None:
    frame = AudioFrame.create("f")
    frame.alloc_buf(2)
    first, second = frame.lock_buf(), frame.lock_buf()
    frame.unlock_buf(second)
    frame.unlock_buf(first)
    with pytest.raises(RuntimeError):
        frame.unlock_buf(first)


@pytest.mark.parametrize("size", [0, -1, "4", 1.5])
def test_a_size_is_an_int_above_zero(size: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any sentence will do
        AudioFrame.create("f").alloc_buf(size)  # type: ignore[arg-type]


def test_a_new_audio_frame_is_all_zero_and_interleaved() -> None:
    frame = AudioFrame.create("f")
    assert [
        frame.get_timestamp(),
        frame.get_sample_rate(),
        frame.get_samples_per_channel(),
        frame.get_bytes_per_sample(),
        frame.get_number_of_channels(),
        frame.get_line_size(),
    ] == [0] * 6
    assert type(frame.get_data_fmt()) is int
    assert frame.get_data_fmt() == 1
    assert frame.is_eof() is False


def test_attributes_travel_with_a_copy() -> None:
    frame = AudioFrame.create("f")
    frame.set_timestamp(-5)
    frame.set_sample_rate(48000)
    frame.set_samples_per_channel(960)
    frame.set_bytes_per_sample(2)
    frame.set_number_of_channels(2)
    frame.set_data_fmt(AudioFrameDataFmt.NON_INTERLEAVE)
    frame.set_line_size(7)
    frame.set_eof(True)
    frame.alloc_buf(3)
    frame.lock_buf()
    twin = frame.clone()
    assert twin.get_timestamp() == -5
    assert twin.get_sample_rate() == 48000
    assert twin.get_samples_per_channel() == 960
    assert twin.get_bytes_per_sample() == 2
    assert twin.get_number_of_channels() == 2
    assert twin.get_data_fmt() == AudioFrameDataFmt.NON_INTERLEAVE
    assert twin.get_line_size() == 7
    assert twin.is_eof()
    assert len(twin.get_buf()) == 3
    with pytest.raises(RuntimeError):  # the copy is not locked
        twin.unlock_buf(twin.get_buf())


def test_video_attributes_travel_with_a_copy() -> None:
    frame = VideoFrame.create("v")
    frame.set_width(640)
    frame.set_height(480)
    frame.set_timestamp(9)
    frame.set_pixel_fmt(PixelFmt.I420)
    frame.set_eof(True)
    twin = frame.clone()
    assert (twin.get_width(), twin.get_height(), twin.get_timestamp()) == (640, 480, 9)
    assert twin.get_pixel_fmt() is PixelFmt.I420
    assert twin.is_eof()


def test_a_hundred_thousand_buffers_leave_nothing_behind() -> None:
    frame = AudioFrame.create("f")
    for size in range(1, 100_001):
        frame.alloc_buf(size % 640 + 1)
        frame.unlock_buf(frame.lock_buf())
        assert len(frame.get_buf()) == size % 640 + 1
