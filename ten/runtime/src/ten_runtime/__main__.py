"""``python -m ten_runtime APP_DIR``: runs a TEN app folder."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence

from ten_runtime._engine.policy import exit_process
from ten_runtime.embedded import EngineError, run_app_dir

__all__ = ["main"]

EPILOG = """\
examples:
  python -m ten_runtime my_app                   run the graphs with "auto_start": true
  python -m ten_runtime my_app --graph demo      run the predefined graph "demo" instead

An app folder holds property.json, whose ten.predefined_graphs are the graphs. Extensions are
looked for in APP_DIR/ten_packages/extension, in every ten_packages/extension on PYTHONPATH, and
in the folders that TEN_EXTENSION_PATH lists. Ctrl-C stops the app; a second Ctrl-C ends it at once.

The exit status is 0 when the app ends, and 1 when it cannot start or a callback of an extension
raises (TEN_UNCAUGHT_EXCEPTION=log only logs the latter).
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m ten_runtime",
        description="Run a TEN app folder in the embedded runtime.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("app_dir", metavar="APP_DIR", help="folder of the app")
    parser.add_argument("--graph", metavar="NAME", help="start only this predefined graph")
    parser.add_argument(
        "--log-level",
        choices=("debug", "info", "warning", "error"),
        default="info",
        help="least level to log, to standard error (default: info)",
    )
    chosen = parser.parse_args(arguments)
    logging.basicConfig(
        level=chosen.log_level.upper(),
        format="%(asctime)s %(levelname)-8s %(name)s: %(message)s",
    )
    try:
        run_app_dir(chosen.app_dir, chosen.graph)
    except EngineError as exc:
        print(f"{parser.prog}: {exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # the second one: extensions may hold on to their threads
        exit_process(130)
    return 0


if __name__ == "__main__":
    sys.exit(main())
