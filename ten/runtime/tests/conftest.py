"""Tests of the embedded runtime.

An exception that escapes from a callback fails the test instead of ending pytest, and the
third-party style extensions under ``extensions`` are found like any other.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

collect_ignore = ["extensions"]  # test_third_party.py runs them, each as its author would

HERE = Path(__file__).parent

sys.path.insert(0, str(HERE))
# A machine that is busy elsewhere makes no test fail.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
# A script that starts the tests in the background lets them, and what they start, ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
os.environ["TEN_UNCAUGHT_EXCEPTION"] = "raise"
os.environ["TEN_EXTENSION_PATH"] = str(HERE / "extensions")

from ten_world import World  # noqa: E402 - after the path is right


@pytest.fixture
def world() -> Iterator[World]:
    """Apps and addons that end with the test."""
    world = World()
    yield world
    world.close()
