import type { OpusDecoder, OpusListener } from './opusDecoder.ts';

const PACKET_US = 20_000;
const OPUS: AudioDecoderConfig = { codec: 'opus', sampleRate: 48_000, numberOfChannels: 1 };

/** The browser's own Opus decoder. */
export class WebCodecsDecoder implements OpusDecoder {
  readonly #listener: OpusListener;
  #decoder: AudioDecoder | undefined;
  #fed = 0;

  constructor(listener: OpusListener) {
    this.#listener = listener;
  }

  /** Whether this browser decodes Opus: some have WebCodecs without sound, or sound without Opus. */
  static async isSupported(): Promise<boolean> {
    if (typeof AudioDecoder === 'undefined') return false;
    try {
      return (await AudioDecoder.isConfigSupported(OPUS)).supported === true;
    } catch {
      return false;
    }
  }

  decode(packet: Uint8Array): void {
    this.#decoder ??= this.#open();
    const timestamp = this.#fed++ * PACKET_US;
    this.#decoder.decode(
      new EncodedAudioChunk({ type: 'key', timestamp, duration: PACKET_US, data: packet }),
    );
  }

  reset(): void {
    this.close();
  }

  close(): void {
    // An error has closed the decoder already.
    if (this.#decoder?.state !== 'closed') this.#decoder?.close();
    this.#decoder = undefined;
  }

  #open(): AudioDecoder {
    const decoder = new AudioDecoder({
      output: (data) => {
        const pcm = new Float32Array(data.numberOfFrames);
        data.copyTo(pcm, { planeIndex: 0, format: 'f32-planar' });
        data.close();
        this.#listener.onSound(pcm);
      },
      error: (error) => {
        if (this.#decoder !== decoder) return;
        this.#decoder = undefined;
        this.#listener.onError(error.message);
      },
    });
    decoder.configure(OPUS);
    return decoder;
  }
}
