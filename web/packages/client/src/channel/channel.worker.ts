import { OpusPlayer } from '../audio/opusPlayer.ts';
import { decodeChannelPacket } from '../protocol/packet.ts';
import { parseControl } from './control.ts';
import { chooseDecoder } from './decoderChoice.ts';
import { PublisherTracker } from './publisherTracker.ts';
import type { WorkerCommand, WorkerDrop, WorkerReport } from './workerMessage.ts';

// Sound goes from the socket through the decoder to the audio thread without touching the page's main
// thread: a slow display frame cannot make it stutter, and an interrupt does not wait for one.

const tracker = new PublisherTracker();
const player = new OpusPlayer((problem) => {
  drop('decode_failed');
  report({ type: 'decode_error', problem });
});
let receiveScript: (script: string) => void = () => undefined;
const decoderReady = chooseDecoder(player, () => {
  report({ type: 'decoder_missing' });
  return new Promise((resolve) => (receiveScript = resolve));
});
let socket: WebSocket | undefined;
let audible = false;

function report(message: WorkerReport): void {
  self.postMessage(message);
}

function drop(reason: WorkerDrop, count: number = 1): void {
  report({ type: 'drop', reason, count });
}

function clear(): void {
  player.clear();
  report({ type: 'clear', epoch: tracker.epoch });
}

function receiveText(text: string): void {
  const message = parseControl(text);
  if (message === undefined) {
    drop('malformed');
    return;
  }
  if (tracker.receiveControl(message)) clear();
  report({ type: 'control', message });
}

function receiveBytes(bytes: Uint8Array): void {
  const packet = decodeChannelPacket(bytes);
  if (packet === undefined) {
    drop('malformed');
    return;
  }
  const verdict = tracker.receivePacket(packet);
  if (typeof verdict === 'string') {
    drop(verdict);
    return;
  }
  if (verdict.missing > 0) drop('lost', verdict.missing);
  if (verdict.clear) clear();
  if (!audible) {
    drop('audio_blocked');
    return;
  }
  const { turn } = verdict;
  if (packet.opus.length > 0) player.play(turn, packet.ptsUs, packet.opus);
  if (packet.end) player.end(turn);
  const { turn: wireTurn, epoch, frames, start, end } = packet;
  report({ type: 'motion', turn, wireTurn, epoch, frames, start, end });
}

/** Nothing is received before it can be decoded: the greeting is heard from its beginning. */
async function connectWhenReady(url: string, join: string): Promise<void> {
  try {
    player.setDecoder(await decoderReady);
  } catch (error) {
    report({ type: 'decoder_failed', problem: String(error) });
    return;
  }
  connect(url, join);
}

function connect(url: string, join: string): void {
  socket?.close();
  const opening = new WebSocket(url);
  socket = opening;
  opening.binaryType = 'arraybuffer';
  opening.onopen = (): void => {
    opening.send(join);
  };
  opening.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>): void => {
    if (typeof data === 'string') receiveText(data);
    else receiveBytes(new Uint8Array(data));
  };
  opening.onclose = ({ code }): void => {
    if (socket === opening) report({ type: 'closed', code });
  };
}

self.onmessage = ({ data }: MessageEvent<WorkerCommand>): void => {
  switch (data.type) {
    case 'connect':
      void connectWhenReady(data.url, data.join);
      break;
    case 'decoder':
      receiveScript(data.script);
      break;
    case 'port':
      player.setPort(data.port);
      break;
    case 'send':
      if (socket?.readyState === WebSocket.OPEN) socket.send(data.text);
      break;
    case 'audible':
      audible = data.audible;
      break;
    case 'close':
      socket?.close();
      socket = undefined;
      player.dispose();
      self.close();
      break;
  }
};
