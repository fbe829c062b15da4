"""With a server of one's own, nothing calls out."""

import subprocess
import sys
from pathlib import Path

from guarder.motion_server import MotionServer

PACKAGE = Path(__file__).resolve().parents[2]

# Run in a process of its own: an audit hook cannot be removed again.
PROGRAM = """
import asyncio, sys
addresses = []
def hook(event, args):
    if event == "socket.connect":
        addresses.append(str(args[1]))
    elif event == "socket.getaddrinfo":
        addresses.append(str(args[0]))
sys.addaudithook(hook)
import spatius
from spatius import telemetry
if {already_reporting}:
    telemetry.start_span("earlier").end()
from spatius_avatar_python.config import AvatarConfig
from spatius_avatar_python.credential import issue_credentials
from spatius_avatar_python.link import Link, prepare_sdk
from datetime import UTC, datetime
config = AvatarConfig.from_properties({{"params": {{
    "spatius_api_key": "k", "spatius_app_id": "a", "spatius_avatar_id": "v", "agora_appid": "x",
    "agora_appcert": "c", "agora_channel": "ch", "agora_uid": 1,
    "console_endpoint_url": "{console}", "ingress_endpoint_url": "{ingress}"}}}})
async def main():
    addresses.clear()
    prepare_sdk(config)
    before = list(addresses)
    link = Link(config, issue_credentials(config, now=datetime.now(UTC)),
        on_signal=str, on_failure=str, on_lost=str)
    await link.open()
    await link.send(bytes(960), end=True)
    await link.close(limit_s=2)
    spatius.shutdown_telemetry()
    return before
before = asyncio.run(main())
assert not telemetry.telemetry_enabled()
print("after", [address for address in addresses[len(before):] if "127.0.0.1" not in address])
print("connected", any("127.0.0.1" in address for address in addresses))
"""


def called(server: MotionServer, *, already_reporting: bool) -> list[str]:
    program = PROGRAM.format(
        console=server.console_url, ingress=server.ingress_url, already_reporting=already_reporting
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=PACKAGE.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_neither_telemetry_nor_the_region_bootstrap_calls_anyone() -> None:
    with MotionServer() as server:
        assert called(server, already_reporting=False) == ["after []", "connected True"]


def test_telemetry_that_another_session_began_is_switched_off() -> None:
    with MotionServer() as server:
        assert called(server, already_reporting=True) == ["after []", "connected True"]
