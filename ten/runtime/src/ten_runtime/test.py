"""Testers whose callbacks are plain functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ten_runtime._engine.driver import SyncDriver
from ten_runtime._engine.home import QueueHome
from ten_runtime._engine.node import Driver, Node, Stage
from ten_runtime._engine.sending import SyncSending
from ten_runtime._engine.trial import Trial
from ten_runtime.test_base import TenEnvTesterBase, TesterBase

if TYPE_CHECKING:
    from ten_runtime.audio_frame import AudioFrame
    from ten_runtime.cmd import Cmd
    from ten_runtime.data import Data
    from ten_runtime.error import TenError
    from ten_runtime.video_frame import VideoFrame

__all__ = ["ExtensionTester", "TenEnvTester"]


class TenEnvTester(TenEnvTesterBase, SyncSending):
    """The environment of a tester: sending, acknowledgements and the log."""

    def __init__(self, node: Node, trial: Trial) -> None:
        super().__init__(node, trial)
        self._node = self._tester = node

    def on_init_done(self) -> None:
        """Acknowledge ``on_init``."""
        self._tester.stage_done(Stage.INIT)

    def on_start_done(self) -> None:
        """Acknowledge ``on_start``."""
        self._tester.stage_done(Stage.START)

    def on_stop_done(self) -> None:
        """Acknowledge ``on_stop``."""
        self._tester.stage_done(Stage.STOP)

    def on_deinit_done(self) -> None:
        """Acknowledge ``on_deinit``; the environment is closed then."""
        self._tester.stage_done(Stage.DEINIT)


class ExtensionTester(TesterBase):
    """Tests an extension from outside, with callbacks in a thread of its own."""

    def run(self) -> TenError | None:
        """Run the test in the caller's thread until it is stopped; return its error or None."""
        home = QueueHome("ten-tester")
        home.start()
        trial = Trial(
            self._graph(),
            is_single=self._is_single,
            home=home,
            driver=self._driver,
            timeout_us=self._timeout_us,
        )
        return trial.run()

    def _driver(self, node: Node, trial: Trial) -> Driver:
        return SyncDriver(node, self, TenEnvTester(node, trial))

    def on_init(self, ten_env_tester: TenEnvTester) -> None:
        """Initialise."""
        ten_env_tester.on_init_done()

    def on_start(self, ten_env_tester: TenEnvTester) -> None:
        """Begin the test."""
        ten_env_tester.on_start_done()

    def on_stop(self, ten_env_tester: TenEnvTester) -> None:
        """End the test; messages still arrive."""
        ten_env_tester.on_stop_done()

    def on_deinit(self, ten_env_tester: TenEnvTester) -> None:
        """Let go of everything."""
        ten_env_tester.on_deinit_done()

    def on_cmd(self, ten_env_tester: TenEnvTester, cmd: Cmd) -> None:
        """Take a command."""

    def on_data(self, ten_env_tester: TenEnvTester, data: Data) -> None:
        """Take data."""

    def on_audio_frame(self, ten_env_tester: TenEnvTester, audio_frame: AudioFrame) -> None:
        """Take an audio frame."""

    def on_video_frame(self, ten_env_tester: TenEnvTester, video_frame: VideoFrame) -> None:
        """Take a video frame."""
