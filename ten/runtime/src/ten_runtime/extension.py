"""Base of synchronous extensions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from ten_runtime.audio_frame import AudioFrame
    from ten_runtime.cmd import Cmd
    from ten_runtime.data import Data
    from ten_runtime.ten_env import TenEnv
    from ten_runtime.video_frame import VideoFrame

__all__ = ["Extension"]


class Extension:
    """An extension whose callbacks run in the thread of its group.

    Whoever overrides a life-cycle callback acknowledges it with ``ten_env.on_..._done()``, from
    any thread, at any time. A command that ``on_cmd`` does not answer stays unanswered.
    """

    def __new__(cls, name: str) -> Self:
        """Make an extension for the node of a name."""
        return super().__new__(cls)

    def __init__(self, name: str) -> None:
        """Take the name of the node, which only asynchronous extensions keep."""

    def on_configure(self, ten_env: TenEnv) -> None:
        """Prepare; properties are not loaded yet."""
        ten_env.on_configure_done()

    def on_init(self, ten_env: TenEnv) -> None:
        """Initialise; messages wait meanwhile."""
        ten_env.on_init_done()

    def on_start(self, ten_env: TenEnv) -> None:
        """Start; messages may arrive already."""
        ten_env.on_start_done()

    def on_stop(self, ten_env: TenEnv) -> None:
        """Stop; messages still arrive."""
        ten_env.on_stop_done()

    def on_deinit(self, ten_env: TenEnv) -> None:
        """Let go of everything."""
        ten_env.on_deinit_done()

    def on_cmd(self, ten_env: TenEnv, cmd: Cmd) -> None:
        """Take a command."""

    def on_data(self, ten_env: TenEnv, data: Data) -> None:
        """Take data."""

    def on_audio_frame(self, ten_env: TenEnv, audio_frame: AudioFrame) -> None:
        """Take an audio frame."""

    def on_video_frame(self, ten_env: TenEnv, video_frame: VideoFrame) -> None:
        """Take a video frame."""
