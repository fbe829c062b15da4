import type { PlayoutCommand } from './playoutMessage.ts';

/** Delay of the Opus decoder, which WebCodecs does not remove. */
const LOOKAHEAD_US = 6500;
const SAMPLE_RATE_HZ = 48_000;
const PACKET_US = 20_000;

interface Pending {
  readonly turn: number;
  readonly ptsUs: number;
  /** Marks the end of a turn instead of a packet. */
  readonly end: boolean;
}

/** Decodes Opus packets and hands the sound, with its media time, to the audio thread. */
export class OpusPlayer {
  readonly #onError: (problem: string) => void;
  #decoder: AudioDecoder | undefined;
  #pending: Pending[] = []; // what the decoder still owes, in order
  #fed = 0;
  #port: MessagePort | undefined;

  constructor(onError: (problem: string) => void) {
    this.#onError = onError;
  }

  /** Whether this browser can decode Opus. */
  static get supported(): boolean {
    return typeof AudioDecoder !== 'undefined';
  }

  /** Send sound to this port from now on. */
  setPort(port: MessagePort): void {
    this.#port = port;
  }

  /** Decode a packet of a turn. */
  play(turn: number, ptsUs: number, opus: Uint8Array): void {
    this.#pending.push({ turn, ptsUs: ptsUs - LOOKAHEAD_US, end: false });
    this.#decoder ??= this.#open();
    const timestamp = this.#fed++ * PACKET_US;
    this.#decoder.decode(
      new EncodedAudioChunk({ type: 'key', timestamp, duration: PACKET_US, data: opus }),
    );
  }

  /** Mark the end of a turn, behind everything decoded so far. */
  end(turn: number): void {
    this.#pending.push({ turn, ptsUs: 0, end: true });
    this.#settle();
  }

  /** Silence at once, and forget what is being decoded. */
  clear(): void {
    this.#discard();
    this.#port?.postMessage({ type: 'clear' } satisfies PlayoutCommand);
  }

  /** Free the decoder. */
  dispose(): void {
    this.clear();
    this.#port?.close();
    this.#port = undefined;
  }

  #open(): AudioDecoder {
    const decoder = new AudioDecoder({
      output: (data) => {
        this.#take(data);
      },
      error: (error) => {
        if (this.#decoder !== decoder) return;
        this.#discard();
        this.#onError(error.message);
      },
    });
    decoder.configure({ codec: 'opus', sampleRate: SAMPLE_RATE_HZ, numberOfChannels: 1 });
    return decoder;
  }

  #discard(): void {
    // An error has closed the decoder already.
    if (this.#decoder?.state !== 'closed') this.#decoder?.close();
    this.#decoder = undefined;
    this.#pending = [];
  }

  #take(data: AudioData): void {
    const pcm = new Float32Array(data.numberOfFrames);
    data.copyTo(pcm, { planeIndex: 0, format: 'f32-planar' });
    data.close();
    const owed = this.#pending.shift();
    if (owed === undefined) return;
    const chunk = { turn: owed.turn, ptsUs: owed.ptsUs, pcm, end: false };
    this.#port?.postMessage({ type: 'chunk', chunk } satisfies PlayoutCommand, [pcm.buffer]);
    this.#settle();
  }

  #settle(): void {
    while (this.#pending[0]?.end === true) {
      const { turn, ptsUs } = this.#pending.shift() as Pending;
      const chunk = { turn, ptsUs, pcm: new Float32Array(0), end: true };
      this.#port?.postMessage({ type: 'chunk', chunk } satisfies PlayoutCommand);
    }
  }
}
