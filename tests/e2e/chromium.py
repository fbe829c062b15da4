"""Chromium, for tests in a real browser."""

import os
import shutil
from typing import Final

import pytest

__all__ = ["CHROMIUM_ARGS", "find_chromium"]

CHROMIUM_ARGS: Final = (
    "--no-sandbox",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    # Addresses are candidates as they are: no multicast DNS in a test.
    "--disable-features=WebRtcHideLocalIpsWithMdns",
)


def find_chromium() -> str:
    """Return the path of Chromium. Skips the test without one."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        path = shutil.which(name)
        if path is not None:
            return path
    if os.environ.get("CI"):
        pytest.fail("Chromium is not installed")
    pytest.skip("Chromium is not installed")
