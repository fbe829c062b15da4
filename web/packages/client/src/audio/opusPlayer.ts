import type { OpusDecoder, OpusListener } from './opusDecoder.ts';
import type { PlayoutCommand } from './playoutMessage.ts';

/** Delay of the Opus decoder, which nothing removes. */
const LOOKAHEAD_US = 6500;

interface Pending {
  readonly turn: number;
  readonly ptsUs: number;
  /** Marks the end of a turn instead of a packet. */
  readonly end: boolean;
}

/** Decodes Opus packets and hands the sound, with its media time, to the audio thread. */
export class OpusPlayer implements OpusListener {
  readonly #onError: (problem: string) => void;
  #decoder: OpusDecoder | undefined;
  #pending: Pending[] = []; // what the decoder still owes, in order
  #port: MessagePort | undefined;

  constructor(onError: (problem: string) => void) {
    this.#onError = onError;
  }

  /** Decode with this from now on. */
  setDecoder(decoder: OpusDecoder): void {
    this.#decoder = decoder;
  }

  /** Send sound to this port from now on. */
  setPort(port: MessagePort): void {
    this.#port = port;
  }

  /** Decode a packet of a turn. */
  play(turn: number, ptsUs: number, opus: Uint8Array): void {
    this.#pending.push({ turn, ptsUs: ptsUs - LOOKAHEAD_US, end: false });
    this.#decoder?.decode(opus);
  }

  /** Mark the end of a turn, behind everything decoded so far. */
  end(turn: number): void {
    this.#pending.push({ turn, ptsUs: 0, end: true });
    this.#settle();
  }

  /** Silence at once, and forget what is being decoded. */
  clear(): void {
    this.#pending = [];
    this.#decoder?.reset();
    this.#port?.postMessage({ type: 'clear' } satisfies PlayoutCommand);
  }

  /** Free the decoder. */
  dispose(): void {
    this.clear();
    this.#decoder?.close();
    this.#port?.close();
    this.#port = undefined;
  }

  onSound(pcm: Float32Array<ArrayBuffer>): void {
    const owed = this.#pending.shift();
    if (owed === undefined) return;
    const chunk = { turn: owed.turn, ptsUs: owed.ptsUs, pcm, end: false };
    this.#port?.postMessage({ type: 'chunk', chunk } satisfies PlayoutCommand, [pcm.buffer]);
    this.#settle();
  }

  onError(problem: string): void {
    this.#pending = [];
    this.#onError(problem);
  }

  #settle(): void {
    while (this.#pending[0]?.end === true) {
      const { turn, ptsUs } = this.#pending.shift() as Pending;
      const chunk = { turn, ptsUs, pcm: new Float32Array(0), end: true };
      this.#port?.postMessage({ type: 'chunk', chunk } satisfies PlayoutCommand);
    }
  }
}
