"""The two ways to run the demo: with a page, or for one text without a browser."""

import asyncio
import signal
import webbrowser
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from avamotion.demo.graph import check_installation
from avamotion.demo.invitation import AGENT_UID, CHANNEL_NODE_UID
from avamotion.demo.page import join_route, page_folder, page_routes
from avamotion.demo.recorder import Recorder, open_folder, recording_viewer, write_files
from avamotion.demo.recording import Recording
from avamotion.demo.report import describe
from avamotion.demo.stage import Cast, choose_cast, open_stage
from avamotion.demo.take import render
from avamotion.errors import ConfigError, DemoError
from avamotion.motion import MotionEngine

__all__ = ["GREETING", "serve_demo", "speak_once"]

GREETING: Final = "Hello! Type something, and I will say it."
_MAX_TEXT_CHARS: Final = 4000

_PATIENCE_S: Final = 20.0
"""How long the channel may be silent before the demo gives up."""


async def speak_once(
    text: str,
    record_dir: Path | None,
    environ: Mapping[str, str],
    *,
    avatar_id: str | None = None,
) -> dict[str, Any]:
    """Speak one text without a browser, and record what a viewer receives.

    Args:
        text: What to say.
        record_dir: Where to write ``audio.wav``, ``motion.npz`` and ``session.json``, or None.
        environ: The environment.
        avatar_id: The avatar, or None for the first.

    Returns:
        The content of ``session.json``.

    Raises:
        ConfigError: If something is missing or cannot be used.
        DemoError: If the text was not spoken to its end.
    """
    text = text.strip()
    if not text:
        raise ConfigError("--once needs a text to say")
    if len(text) > _MAX_TEXT_CHARS:
        raise ConfigError(f"--once: the text has {len(text)} characters; {_MAX_TEXT_CHARS} at most")
    check_installation()
    if record_dir is not None:
        open_folder(record_dir)
    cast = choose_cast(environ, host="127.0.0.1", port=0, avatar_id=avatar_id, greeting="")
    recording, asked_at = await _speak(cast, text)
    model = cast.config.playout.model
    take = render(recording.turns)
    first = next(turn.arrivals[0] for turn in recording.turns if turn.arrivals)
    session = {
        "text": text,
        "avatar": cast.avatar_id,
        "say_to_first_packet_ms": round((first.at - asked_at) * 1000, 1),
        **describe(recording, take, MotionEngine.load(Path(model) if model else None)),
    }
    if record_dir is not None:
        write_files(record_dir, take, session)
    return session


async def serve_demo(
    environ: Mapping[str, str],
    *,
    host: str | None = None,
    port: int | None = None,
    avatar_id: str | None = None,
    open_browser: bool = True,
    announce: Callable[[str], None] = print,
) -> None:
    """Run the demo with its page until SIGINT or SIGTERM.

    Args:
        environ: The environment.
        host: Overrides ``listen.host``.
        port: Overrides ``listen.port``.
        avatar_id: The avatar, or None for the first.
        open_browser: Whether to open the page.
        announce: Takes the lines that the user reads first.

    Raises:
        ConfigError: If something is missing or cannot be used.
        DemoError: If server or graph do not start, or the graph ends by itself.
    """
    check_installation()
    folder = page_folder()
    greeting = environ.get("AVAMOTION_GREETING", GREETING)
    cast = choose_cast(environ, host=host, port=port, avatar_id=avatar_id, greeting=greeting)
    join = join_route(cast.host, avatar_id=cast.avatar_id, greeting=greeting)
    pages = page_routes(folder, avatar_id=cast.avatar_id)
    with open_stage(cast, [join, *pages]) as stage, _stop_signals() as stop:
        announce(f"Say something: {stage.url}   (Ctrl-C ends it)")
        if open_browser:
            await asyncio.to_thread(webbrowser.open, stage.url)
        graph = asyncio.create_task(asyncio.to_thread(stage.graph.wait))
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait([graph, stopped], return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if graph.done():
            graph.result()
            raise DemoError("the TEN graph has ended; its log says why")


async def _speak(cast: Cast, text: str) -> tuple[Recording, float]:
    """Return what a viewer received, and when the text was sent."""
    with open_stage(cast) as stage:
        place = cast.host.invite()
        async with recording_viewer(stage.channel_url, place, publisher_uid=AGENT_UID) as recorder:
            await _until(
                recorder,
                lambda recording: {AGENT_UID, CHANNEL_NODE_UID} <= recording.present,
                "the TEN graph did not join the channel; its log says why",
            )
            asked_at = asyncio.get_running_loop().time()
            await recorder.send("say", {"text": text}, to=CHANNEL_NODE_UID)
            await _until(
                recorder,
                lambda recording: any(turn.ended for turn in recording.turns),
                f"nothing was heard for {_PATIENCE_S:g} s; the log says why",
            )
            return recorder.recording, asked_at


async def _until(recorder: Recorder, holds: Callable[[Recording], bool], failure: str) -> None:
    """Wait until something holds, or something goes wrong."""
    await recorder.wait_until(
        lambda recording: bool(recording.problems) or holds(recording),
        patience_s=_PATIENCE_S,
        failure=failure,
    )
    if recorder.recording.problems:
        raise DemoError(recorder.recording.problems[0])


@contextmanager
def _stop_signals() -> Iterator[asyncio.Event]:
    """Yield an event that SIGINT and SIGTERM set."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
