"""Many viewers over WebRTC, which receive and do not decode: their server is what is measured.

python -m benchmarks.rtc.viewers --url URL --n 30   reads one token a line from stdin
"""

import argparse
import asyncio
import queue
import sys
import urllib.request
from typing import Any

from aiortc import RTCPeerConnection, RTCSessionDescription, rtcrtpreceiver

received = 0


def discard(loop: Any, input_q: "queue.Queue[Any]", output_q: Any, decode_error: Any) -> None:
    """Stand in for aiortc's decoder."""
    while input_q.get() is not None:
        pass


async def view(url: str, uid: int, token: str) -> RTCPeerConnection:
    """Join, and count motion packets."""
    peer = RTCPeerConnection()
    peer.createDataChannel("control")
    motion = peer.createDataChannel("motion", ordered=False, maxRetransmits=0)
    peer.addTransceiver("audio", direction="recvonly")

    def count(data: bytes) -> None:
        global received
        received += 1

    motion.on("message", count)
    await peer.setLocalDescription(await peer.createOffer())
    request = urllib.request.Request(
        f"{url}/v1/channel/whep?channel=lobby&uid={uid}",
        data=peer.localDescription.sdp.encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/sdp"},
    )

    def post() -> str:
        with urllib.request.urlopen(request, timeout=30) as response:
            body: bytes = response.read()
        return body.decode()

    answer = await asyncio.to_thread(post)
    await peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    return peer


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--n", type=int, required=True)
    options = parser.parse_args()
    rtcrtpreceiver.decoder_worker = discard
    tokens = [sys.stdin.readline().strip() for _ in range(options.n)]
    peers = [await view(options.url, 100 + k, token) for k, token in enumerate(tokens)]
    while any(peer.connectionState != "connected" for peer in peers):
        await asyncio.sleep(0.1)
    print("connected", flush=True)
    await asyncio.to_thread(sys.stdin.read)  # until our starter closes it
    print(received, flush=True)
    await asyncio.gather(*(peer.close() for peer in peers))


if __name__ == "__main__":
    asyncio.run(main())
