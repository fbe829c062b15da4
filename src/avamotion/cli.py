"""The command line: arguments only; the work is done elsewhere.

Each command imports what it needs when it runs, so that ``--help`` answers at once.
"""

import asyncio
import json
import logging
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from avamotion import __version__
from avamotion.errors import AvamotionError, ConfigError
from avamotion.server.avatar_command import avatars_app
from avamotion.server.doctor_command import doctor
from avamotion.server.key_command import keys_app, show_usage
from avamotion.token_cli import token_app

__all__ = ["app", "main"]

app = typer.Typer(
    name="avamotion",
    help="A face for a voice agent: speech in, synchronised sound and facial motion out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(token_app, name="token")


app.add_typer(keys_app, name="keys")
app.add_typer(avatars_app, name="avatars")
app.command("usage")(show_usage)
app.command("doctor")(doctor)


def main() -> None:
    """Run the command line. A user's mistake is one sentence and exit status 1."""
    try:
        app()
    except AvamotionError as exc:
        typer.echo(f"avamotion: {exc}", err=True)
        sys.exit(1)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"avamotion {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """A face for a voice agent."""


@app.command()
def serve(
    config: Annotated[
        Path | None, typer.Option(help="Settings, a TOML file; see docs/configuration.md.")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to bind; 0.0.0.0 for all.")] = None,
    port: Annotated[int | None, typer.Option(help="TCP port; 0 picks a free one.")] = None,
) -> None:
    """Run the Motion Server. Without settings it makes development keys and prints them once."""
    from avamotion.server.run import serve as run_server

    run_server(config, os.environ, host=host, port=port)


@app.command()
def animate(
    sound: Annotated[Path, typer.Argument(help="A recording: WAV or another sound file.")],
    out: Annotated[
        Path, typer.Option(help="Where to write: .npz, .csv (Live Link Face) or .json.")
    ],
    fps: Annotated[float, typer.Option(help="Frames per second.")] = 50.0,
    plot: Annotated[Path | None, typer.Option(help="Also draw the curves as this PNG.")] = None,
    intensity: Annotated[float, typer.Option(help="Size of the mouth's movements, 0 to 2.")] = 1.0,
    emotion: Annotated[str, typer.Option(help="neutral, happy, sad, angry, …")] = "neutral",
    seed: Annotated[int, typer.Option(help="Chooses blinks, glances and nods.")] = 0,
    quality: Annotated[
        bool, typer.Option("--quality", help="Listen 80 ms ahead instead of 40: better shapes.")
    ] = False,
    model: Annotated[Path | None, typer.Option(help="Another motion model, ONNX.")] = None,
) -> None:
    """Animate a recording: the same engine as the server's, over a file."""
    from avamotion.animate import animate as animate_file
    from avamotion.motion import MotionStyle

    try:
        style = MotionStyle(
            intensity=intensity,
            emotion=emotion,
            seed=seed,
            lookahead_ms=80 if quality else 40,
        )
    except ValueError as exc:
        raise ConfigError(str(exc)) from exc
    label = f"Animating {sound.name}"
    with typer.progressbar(length=1000, label=label, file=sys.stderr) as bar:
        animation = animate_file(
            sound,
            out,
            fps=fps,
            plot=plot,
            style=style,
            progress=lambda share: bar.update(int(share * 1000) - bar.pos),
            model=model,
        )
    typer.echo(f"{out}: {len(animation.times_s)} frames, {fps:g} a second")


@app.command()
def run(
    app_dir: Annotated[Path, typer.Argument(help="A TEN app: a folder with a property.json.")],
    graph: Annotated[str | None, typer.Option(help="Start this predefined graph only.")] = None,
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error.")] = "info",
) -> None:
    """Run a TEN app folder in the embedded TEN runtime, without a TEN installation."""
    try:
        from ten_runtime.embedded import EngineError, run_app_dir
    except ImportError as exc:
        raise ConfigError(
            "running a TEN app needs the embedded runtime: pip install 'avamotion[demo]'"
        ) from exc
    level = logging.getLevelNamesMapping().get(log_level.upper())
    if level is None:
        raise ConfigError(f"--log-level: {log_level!r} is none of debug, info, warning, error")
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)-8s %(name)s: %(message)s")
    try:
        run_app_dir(app_dir, graph)
    except EngineError as exc:
        raise ConfigError(str(exc)) from exc


@app.command()
def demo(
    once: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Say this without a browser, then end.")
    ] = None,
    record: Annotated[
        Path | None,
        typer.Option(help="With --once: folder for audio.wav, motion.npz and session.json."),
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to bind; 0.0.0.0 for all.")] = None,
    port: Annotated[int | None, typer.Option(help="TCP port; 0 picks a free one.")] = None,
    avatar: Annotated[
        str | None, typer.Option(help="Avatar to show; the first by default.")
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
) -> None:
    """Show it all: a server, a TEN graph with a voice, and a page with a face.

    Needs no account, no key and no GPU. With --once, speaks one text and says what a viewer of the
    channel received.
    """
    from avamotion.demo.run import serve_demo, speak_once

    if once is None and record is not None:
        raise ConfigError("--record belongs to --once: there is no end to record a page until")
    level = logging.WARNING if once is not None else logging.INFO
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s")
    if once is not None:
        session = asyncio.run(speak_once(once, record, os.environ, avatar_id=avatar))
        typer.echo(json.dumps(session, indent=2, ensure_ascii=False))
    else:
        asyncio.run(
            serve_demo(os.environ, host=host, port=port, avatar_id=avatar, open_browser=browser)
        )
