// Reads H.264 access units with the SEI reader inside Agora's web SDK.
// stdin: units, each after its length (4 bytes, little endian). stdout: what the page would be
// handed, in the same form; length 0xffffffff means that the SDK found no SEI.
// The SDK is made for browsers; it is given as much of one as it looks for when it starts.
import { createRequire } from 'node:module';

const userAgent =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36';
const nothing = () => undefined;
const element = () => ({ style: {}, getContext: () => null, canPlayType: () => '' });
class Absent {}
Object.assign(globalThis, {
  window: globalThis,
  self: globalThis,
  addEventListener: nothing,
  location: { href: 'http://localhost/', protocol: 'http:', host: 'localhost', hostname: 'localhost' },
  document: {
    createElement: element,
    addEventListener: nothing,
    body: { addEventListener: nothing },
    visibilityState: 'visible',
  },
  RTCPeerConnection: Absent,
  RTCRtpTransceiver: Absent,
  RTCRtpSender: Absent,
  RTCRtpReceiver: Absent,
  MediaStream: Absent,
  MediaStreamTrack: Absent,
  HTMLMediaElement: Absent,
  HTMLVideoElement: Absent,
  AudioContext: Absent,
});
Object.defineProperty(globalThis, 'navigator', {
  value: { userAgent, appVersion: userAgent, platform: 'Linux', language: 'en', mediaDevices: {} },
});
for (const level of ['log', 'info', 'debug', 'warn', 'error']) console[level] = nothing;

const { interceptRemoteVideoFrame } = createRequire(import.meta.url)('@agora-js/media');

const input = [];
for await (const chunk of process.stdin) input.push(chunk);
const data = Buffer.concat(input);
const units = [];
for (let at = 0; at < data.length; ) {
  const length = data.readUInt32LE(at);
  units.push(new Uint8Array(data.subarray(at + 4, at + 4 + length)).buffer);
  at += 4 + length;
}

const received = [];
const readable = new ReadableStream({
  start(controller) {
    units.forEach((unit, index) =>
      controller.enqueue({
        data: unit,
        timestamp: index,
        type: 'key',
        getMetadata: () => ({}),
      }),
    );
    controller.close();
  },
});
let finished;
const done = new Promise((resolve) => (finished = resolve));
const receiver = {
  track: { id: 'video', addEventListener: nothing, removeEventListener: nothing },
  createEncodedStreams: () => ({ readable, writable: new WritableStream({ close: finished }) }),
};
await interceptRemoteVideoFrame(receiver, {
  onSei: (sei, timestamp) => (received[timestamp] = Buffer.from(sei)),
});
await done;

for (let index = 0; index < units.length; index++) {
  const sei = received[index];
  const length = Buffer.alloc(4);
  length.writeUInt32LE(sei === undefined ? 0xffffffff : sei.length);
  process.stdout.write(sei === undefined ? length : Buffer.concat([length, sei]));
}
process.stdout.end(() => process.exit(0)); // the SDK keeps timers
