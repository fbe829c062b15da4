"""A viewer's microphone reaches the graph: WebRTC in, ``pcm_frame`` out."""

import asyncio
import time
import urllib.request
from fractions import Fraction

import numpy as np
import pytest
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from av import AudioFrame as Sound
from ten_runtime import AsyncTenEnvTester, AudioFrame

from avamotion.tokens.agora import build_token

from .test_channel import CHANNEL, USER, Graph, Server, running_server

pytestmark = pytest.mark.e2e

TONE_HZ = 440
RATE_HZ = 48_000
STEP = RATE_HZ // 50


class Microphone(MediaStreamTrack):
    """Somebody who hums."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self.samples = 0
        self.began = asyncio.get_running_loop().time()

    async def recv(self) -> Sound:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, self.began + self.samples / RATE_HZ - loop.time()))
        t = (self.samples + np.arange(STEP)) / RATE_HZ
        pcm = (0.5 * 32767 * np.sin(2 * np.pi * TONE_HZ * t)).astype(np.int16)
        frame = Sound.from_ndarray(pcm.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = RATE_HZ
        frame.pts, frame.time_base = self.samples, Fraction(1, RATE_HZ)
        self.samples += STEP
        return frame


async def speak_in(server: Server, peer: RTCPeerConnection) -> None:
    peer.createDataChannel("control")
    peer.addTrack(Microphone())
    await peer.setLocalDescription(await peer.createOffer())
    channel = server.config.channel
    token = build_token(
        app_id=channel.app_id,
        app_certificate=channel.app_certificate.reveal(),
        channel=CHANNEL,
        uid=USER,
        publisher=True,
        expire_s=60,
        issued_at=int(time.time()),
        salt=1,
    )
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.config.listen.port}/v1/channel/whep?channel={CHANNEL}&uid={USER}",
        data=peer.localDescription.sdp.encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/sdp"},
    )

    def post() -> str:
        with urllib.request.urlopen(request, timeout=10) as response:
            body: bytes = response.read()
        return body.decode()

    answer = await asyncio.to_thread(post)
    await peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))


def test_a_microphone_in_the_channel_is_a_pcm_frame_in_the_graph() -> None:
    class Listen(Graph):
        async def play(self, ten_env_tester: AsyncTenEnvTester) -> None:
            self.pcm = b""
            self.heard = asyncio.Event()
            peer = RTCPeerConnection()
            try:
                await speak_in(self.server, peer)
                assert await self.notes.get() == ("on_user_joined", {"uid": USER})
                await self.heard.wait()
            finally:
                await peer.close()
            self.played = True

        async def on_audio_frame(
            self, ten_env_tester: AsyncTenEnvTester, audio_frame: AudioFrame
        ) -> None:
            assert audio_frame.get_name() == "pcm_frame"
            assert audio_frame.get_sample_rate() == 16_000
            assert audio_frame.get_number_of_channels() == 1
            assert audio_frame.get_property_int("uid")[0] == USER
            self.pcm += bytes(audio_frame.get_buf())
            if len(self.pcm) > 2 * 16_000:
                self.heard.set()

    with running_server() as server:
        graph = Listen(server)
        graph.test(voices=True)
    assert graph.played
    sound = np.frombuffer(graph.pcm, np.int16)[8000:16_000] / 32768
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    assert np.argmax(spectrum) * 16_000 / len(sound) == pytest.approx(TONE_HZ, abs=4)
    assert np.sqrt(np.mean(sound**2)) > 0.1
