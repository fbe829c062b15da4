"""Testers whose callbacks are coroutines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ten_runtime._engine.driver import AsyncDriver
from ten_runtime._engine.home import LoopHome
from ten_runtime._engine.node import Driver, Node
from ten_runtime._engine.sending import AsyncSending
from ten_runtime._engine.trial import Trial
from ten_runtime.test_base import TenEnvTesterBase, TesterBase

if TYPE_CHECKING:
    from ten_runtime.audio_frame import AudioFrame
    from ten_runtime.cmd import Cmd
    from ten_runtime.data import Data
    from ten_runtime.error import TenError
    from ten_runtime.video_frame import VideoFrame

__all__ = ["AsyncExtensionTester", "AsyncTenEnvTester"]


class AsyncTenEnvTester(TenEnvTesterBase, AsyncSending):
    """The environment of a tester: sending and the log."""

    def __init__(self, node: Node, trial: Trial, home: LoopHome) -> None:
        super().__init__(node, trial)
        self._node = node
        self._loop = home.loop


class AsyncExtensionTester(TesterBase):
    """Tests an extension from outside, with callbacks on a loop of its own.

    Tasks that still run when the test ends are cancelled.
    """

    def run(self) -> TenError | None:
        """Run the test in the caller's thread until it is stopped; return its error or None."""
        home = LoopHome("ten-tester")

        def driver(node: Node, trial: Trial) -> Driver:
            return AsyncDriver(node, self, AsyncTenEnvTester(node, trial, home), home)

        trial = Trial(
            self._graph(),
            is_single=self._is_single,
            home=home,
            driver=driver,
            timeout_us=self._timeout_us,
        )
        return trial.run()

    async def on_init(self, ten_env_tester: AsyncTenEnvTester) -> None:
        """Initialise."""

    async def on_start(self, ten_env_tester: AsyncTenEnvTester) -> None:
        """Begin the test."""

    async def on_stop(self, ten_env_tester: AsyncTenEnvTester) -> None:
        """End the test; messages still arrive."""

    async def on_deinit(self, ten_env_tester: AsyncTenEnvTester) -> None:
        """Let go of everything."""

    async def on_cmd(self, ten_env_tester: AsyncTenEnvTester, cmd: Cmd) -> None:
        """Take a command."""

    async def on_data(self, ten_env_tester: AsyncTenEnvTester, data: Data) -> None:
        """Take data."""

    async def on_audio_frame(
        self, ten_env_tester: AsyncTenEnvTester, audio_frame: AudioFrame
    ) -> None:
        """Take an audio frame."""

    async def on_video_frame(
        self, ten_env_tester: AsyncTenEnvTester, video_frame: VideoFrame
    ) -> None:
        """Take a video frame."""
