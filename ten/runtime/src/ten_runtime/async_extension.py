"""Base of asynchronous extensions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from ten_runtime.async_ten_env import AsyncTenEnv
    from ten_runtime.audio_frame import AudioFrame
    from ten_runtime.cmd import Cmd
    from ten_runtime.data import Data
    from ten_runtime.video_frame import VideoFrame

__all__ = ["AsyncExtension"]


class AsyncExtension:
    """An extension whose callbacks are tasks of an asyncio loop that all of them share.

    A life-cycle callback is acknowledged when it returns. Every message is a task of its own: two
    of them interleave wherever they await.

    Attributes:
        name: Name of the node.
    """

    name: str

    def __new__(cls, name: str) -> Self:
        """Make an extension for the node of a name."""
        instance = super().__new__(cls)
        instance.name = name
        return instance

    def __init__(self, name: str) -> None:
        self.name = name

    async def on_configure(self, async_ten_env: AsyncTenEnv) -> None:
        """Prepare; properties are not loaded yet."""

    async def on_init(self, async_ten_env: AsyncTenEnv) -> None:
        """Initialise; messages wait meanwhile."""

    async def on_start(self, async_ten_env: AsyncTenEnv) -> None:
        """Start; messages may arrive already."""

    async def on_stop(self, async_ten_env: AsyncTenEnv) -> None:
        """Stop; messages still arrive."""

    async def on_deinit(self, async_ten_env: AsyncTenEnv) -> None:
        """Let go of everything."""

    async def on_cmd(self, async_ten_env: AsyncTenEnv, cmd: Cmd) -> None:
        """Take a command."""

    async def on_data(self, async_ten_env: AsyncTenEnv, data: Data) -> None:
        """Take data."""

    async def on_audio_frame(self, async_ten_env: AsyncTenEnv, audio_frame: AudioFrame) -> None:
        """Take an audio frame."""

    async def on_video_frame(self, async_ten_env: AsyncTenEnv, video_frame: VideoFrame) -> None:
        """Take a video frame."""
