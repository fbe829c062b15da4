"""Our SEI stream over real RTP into Agora's web SDK, in Chromium."""

import base64
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from avamotion.protocol.sei import SeiFlag, SeiPacket, decode_sei_body, encode_access_unit
from tests.agora_reader import FOLDER, install_reader
from tests.e2e.chromium import CHROMIUM_ARGS, find_chromium

pytestmark = pytest.mark.e2e

# A canvas is encoded as H.264; each of its frames is replaced by one of our access units before it
# is cut into RTP packets. The other end hands what arrives to Agora's own reader.
PAGE = """async (units) => {
  const decode = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
  const encode = (bytes) => btoa(String.fromCharCode(...bytes));
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 64;
  const context = canvas.getContext('2d');
  const [track] = canvas.captureStream(25).getVideoTracks();
  const options = { encodedInsertableStreams: true };
  const [near, far] = [new RTCPeerConnection(options), new RTCPeerConnection(options)];
  near.onicecandidate = ({ candidate }) => candidate && far.addIceCandidate(candidate);
  far.onicecandidate = ({ candidate }) => candidate && near.addIceCandidate(candidate);
  const received = [];
  let finish;
  const finished = new Promise((resolve) => (finish = resolve));
  far.ontrack = ({ receiver }) =>
    AgoraRTCMedia.interceptRemoteVideoFrame(receiver, {
      onSei: (sei) => {
        received.push(encode(sei));
        if (received.length === units.length) finish();
      },
    });
  const transceiver = near.addTransceiver(track, { direction: 'sendonly' });
  const { codecs } = RTCRtpReceiver.getCapabilities('video');
  transceiver.setCodecPreferences(codecs.filter((codec) => codec.mimeType === 'video/H264'));
  const waiting = units.map(decode);
  const { readable, writable } = transceiver.sender.createEncodedStreams();
  let connected = false;
  readable
    .pipeThrough(
      new TransformStream({
        transform(frame, controller) {
          if (!connected || waiting.length === 0) return;
          frame.data = waiting.shift();
          controller.enqueue(frame);
        },
      }),
    )
    .pipeTo(writable);
  await near.setLocalDescription(await near.createOffer());
  await far.setRemoteDescription(near.localDescription);
  await far.setLocalDescription(await far.createAnswer());
  await near.setRemoteDescription(far.localDescription);
  near.onconnectionstatechange = () => (connected = near.connectionState === 'connected');
  let shade = 0;
  const painter = setInterval(() => {
    context.fillStyle = `rgb(${shade++ % 256},0,0)`;
    context.fillRect(0, 0, 64, 64);
  }, 20);
  await Promise.race([finished, new Promise((resolve) => setTimeout(resolve, 20000))]);
  clearInterval(painter);
  near.close();
  far.close();
  return received;
}"""


def test_agoras_reader_in_chromium_gets_back_what_was_sent_as_video() -> None:
    install_reader()
    packets = [
        SeiPacket(SeiFlag.IDLE),
        SeiPacket(SeiFlag.TO_SPEECH, None, bytes(range(200))),
        SeiPacket(SeiFlag.START, 0, bytes(range(256))),
        *(SeiPacket(SeiFlag(0), k, bytes([k, 0, 0, 0, 0, 0, 255, 1]) * k) for k in range(1, 40)),
        SeiPacket(SeiFlag.END, 40, b""),
        SeiPacket(SeiFlag.TO_IDLE, None, bytes(200)),
    ]
    units = [base64.b64encode(encode_access_unit(packet)).decode() for packet in packets]
    bundle = FOLDER / "node_modules" / "@agora-js" / "media" / "AgoraRTC_N-media.js"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=list(CHROMIUM_ARGS)
        )
        try:
            # The SDK asks the user agent what it may do, and does not know the headless one.
            version = browser.version.split(".")[0]
            page = browser.new_page(
                user_agent="Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 "
                f"(KHTML, like Gecko) Chrome/{version}.0.0.0 Safari/537.36"
            )
            page.add_script_tag(content=Path(bundle).read_text(encoding="utf-8"))
            received = page.evaluate(PAGE, units)
        finally:
            browser.close()
    assert [decode_sei_body(base64.b64decode(body)) for body in received] == packets
