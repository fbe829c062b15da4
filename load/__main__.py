"""``python -m load``: see README.md."""

import json
from pathlib import Path
from typing import Annotated

import typer

from load.run import LoadPlan, run_load

__all__: list[str] = []

app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def run(
    context: typer.Context,
    sessions: Annotated[int, typer.Option(help="Sessions that speak at once.")] = 100,
    seconds: Annotated[float, typer.Option(help="How long all of them speak.")] = 30.0,
    out: Annotated[
        Path | None, typer.Option(help="Where the JSON goes; else to the screen.")
    ] = None,
    processes: Annotated[int, typer.Option(help="Processes of the load itself.")] = 1,
    tts_speed: Annotated[float, typer.Option(help="Speed of the TTS; 1 is real time.")] = 3.0,
    interrupt_share: Annotated[float, typer.Option(help="Share of turns interrupted.")] = 0.1,
    log: Annotated[Path | None, typer.Option(help="Where the server's log goes.")] = None,
) -> None:
    """Run a Motion Server, load it with real sessions, and say what the viewers saw."""
    if context.invoked_subcommand is not None:
        return
    plan = LoadPlan(sessions, seconds, processes, tts_speed, interrupt_share)
    text = json.dumps(run_load(plan, log=log), indent=2)
    if out is not None:
        out.write_text(text + "\n", encoding="utf-8")
    typer.echo(text)


@app.command()
def curve(
    sessions: Annotated[str, typer.Option(help="Numbers of sessions.")] = "1,10,30,60,100,130",
    seconds: Annotated[float, typer.Option(help="How long each speaks.")] = 10.0,
    out: Annotated[Path, typer.Option(help="Where the JSON goes.")] = Path("load/curve.json"),
    chart: Annotated[Path, typer.Option(help="Where the chart goes.")] = Path("load/curve.svg"),
) -> None:
    """Load a server with more and more sessions, and draw what happens."""
    from load.chart import draw_curve

    results = []
    for text in sessions.split(","):
        result = run_load(LoadPlan(int(text), seconds))
        results.append(result)
        typer.echo(f"{text} sessions: {json.dumps(result['frame_lateness_ms'])}")
    out.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    draw_curve(results, chart)


@app.command("endure")
def run_endurance(
    sessions: Annotated[int, typer.Option(help="Sessions at once.")] = 30,
    minutes: Annotated[float, typer.Option(help="How long.")] = 60.0,
    out: Annotated[Path | None, typer.Option(help="Where the JSON goes.")] = None,
    log: Annotated[Path | None, typer.Option(help="Where the server's log goes.")] = None,
) -> None:
    """Kill, interrupt and reconnect sessions for a long time; memory must not grow."""
    from load.endurance import endure

    text = json.dumps(endure(sessions, minutes * 60, log=log), indent=2)
    if out is not None:
        out.write_text(text + "\n", encoding="utf-8")
    typer.echo(text)


if __name__ == "__main__":
    app()
