import { PcmBuffer } from './pcmBuffer.ts';
import {
  PLAYOUT_PROCESSOR,
  type PlayoutCommand,
  type PlayoutOptions,
  type PlayoutReport,
} from './playoutMessage.ts';

// The audio thread's globals, which TypeScript's DOM library does not know.
declare const sampleRate: number;
declare const currentFrame: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(
  name: string,
  processor: new (options: { processorOptions: PlayoutOptions }) => AudioWorkletProcessor,
): void;

const LEVEL_EVERY_S = 0.1;

/** Plays what a `PcmBuffer` gives out; the sound comes over a port that may belong to another worker. */
class PlayoutProcessor extends AudioWorkletProcessor {
  readonly #buffer: PcmBuffer;
  #nextLevelFrame = 0;

  constructor({ processorOptions }: { processorOptions: PlayoutOptions }) {
    super();
    this.#buffer = new PcmBuffer(
      { sampleRateHz: sampleRate, ...processorOptions },
      (frame, turn, ptsUs, playing) => {
        this.#report({ type: 'anchor', frame, turn, ptsUs, playing });
      },
    );
    this.#listen(this.port);
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const out = outputs[0]?.[0];
    if (out === undefined) return true;
    this.#buffer.read(out, currentFrame);
    if (currentFrame >= this.#nextLevelFrame) {
      this.#nextLevelFrame = currentFrame + LEVEL_EVERY_S * sampleRate;
      const { depthS, underruns, cutSamples, skippedSamples } = this.#buffer;
      this.#report({ type: 'level', depthS, underruns, cutSamples, skippedSamples });
    }
    return true;
  }

  #listen(port: MessagePort): void {
    port.onmessage = ({ data }: MessageEvent<PlayoutCommand>): void => {
      if (data.type === 'chunk') this.#buffer.push(data.chunk);
      else if (data.type === 'clear') this.#buffer.clear();
      else this.#listen(data.port);
    };
  }

  #report(report: PlayoutReport): void {
    this.port.postMessage(report);
  }
}

registerProcessor(PLAYOUT_PROCESSOR, PlayoutProcessor);
