import { Timeline, type Playhead } from '../playout/timeline.ts';
import { AudioRecovery } from './audioRecovery.ts';
import {
  PLAYOUT_PROCESSOR,
  type PlayoutCommand,
  type PlayoutOptions,
  type PlayoutReport,
} from './playoutMessage.ts';
import workletCode from './playout.worklet.ts?bundle';

/** Told what the audio output does. */
export interface AudioOutputListener {
  /** The browser allows sound, or stopped doing so. */
  onAllowed(allowed: boolean): void;
  /** Sound of a turn begins or stops to leave the buffer. */
  onPlaying(playing: boolean, turn: number): void;
}

/** Counters of the audio output. */
export interface AudioLevel {
  readonly depthS: number;
  readonly underruns: number;
  readonly cutSamples: number;
  readonly skippedSamples: number;
}

const OPUS_RATE_HZ = 48_000;
const JUMP_S = 0.03; // a change of the output clock beyond this is real, not jitter
const SMOOTHING = 0.05;
const STALE_MS = 1000;

/** The audio graph: the playout worklet, a volume, the loudspeaker; and the clock of what is audible. */
export class AudioOutput {
  readonly context: AudioContext;
  readonly #volume: GainNode;
  readonly #analyser: AnalyserNode;
  readonly #wave: Float32Array<ArrayBuffer>;
  readonly #listener: AudioOutputListener;
  readonly #timeline: Timeline;
  readonly #recovery: AudioRecovery;
  #node: AudioWorkletNode | undefined;
  #offsetS: number | undefined; // context time minus performance time
  #level: AudioLevel = { depthS: 0, underruns: 0, cutSamples: 0, skippedSamples: 0 };

  /** @param sampleRateHz rate of the sound that will come, so that only the browser resamples */
  constructor(listener: AudioOutputListener, sampleRateHz: number = OPUS_RATE_HZ) {
    this.#listener = listener;
    this.context = new AudioContext({ sampleRate: sampleRateHz, latencyHint: 'interactive' });
    this.#timeline = new Timeline(this.context.sampleRate);
    this.#volume = this.context.createGain();
    this.#analyser = this.context.createAnalyser();
    this.#analyser.fftSize = 2048;
    this.#wave = new Float32Array(this.#analyser.fftSize);
    this.#volume.connect(this.#analyser);
    this.#analyser.connect(this.context.destination);
    this.#recovery = new AudioRecovery(this.context);
    this.context.onstatechange = (): void => {
      this.#offsetS = undefined;
      this.#listener.onAllowed(this.allowed);
    };
  }

  /** Whether the browser lets sound out. Until a user gesture it may not. */
  get allowed(): boolean {
    return this.context.state === 'running';
  }

  /** Last node before the loudspeaker; connect a meter or an effect to it. */
  get node(): AudioNode {
    return this.#volume;
  }

  /** Counters of the buffer. */
  get level(): AudioLevel {
    return this.#level;
  }

  /** Loudness in [0, 1]. */
  get volume(): number {
    return this.#volume.gain.value;
  }
  set volume(value: number) {
    this.#volume.gain.value = Math.max(0, Math.min(1, value));
  }

  /** Root mean square of what leaves the graph now. */
  get rms(): number {
    this.#analyser.getFloatTimeDomainData(this.#wave);
    let sum = 0;
    for (const sample of this.#wave) sum += sample * sample;
    return Math.sqrt(sum / this.#wave.length);
  }

  /**
   * Load the worklet.
   *
   * @returns the port that takes chunks of sound, to be given to whoever decodes
   */
  async open(options: PlayoutOptions): Promise<MessagePort> {
    const url = URL.createObjectURL(new Blob([workletCode], { type: 'text/javascript' }));
    try {
      await this.context.audioWorklet.addModule(url);
    } finally {
      URL.revokeObjectURL(url);
    }
    this.#node = new AudioWorkletNode(this.context, PLAYOUT_PROCESSOR, {
      numberOfInputs: 0,
      outputChannelCount: [1],
      processorOptions: options,
    });
    this.#node.port.onmessage = ({ data }: MessageEvent<PlayoutReport>): void => {
      this.#receive(data);
    };
    this.#node.connect(this.#volume);
    const { port1, port2 } = new MessageChannel();
    this.#node.port.postMessage({ type: 'port', port: port1 } satisfies PlayoutCommand, [port1]);
    return port2;
  }

  /** Hold the sound where it is, until `unlock`. */
  async pause(): Promise<void> {
    this.#recovery.held = true;
    await this.context.suspend();
  }

  /** Ask the browser to let sound out; works inside a user gesture. */
  async unlock(): Promise<void> {
    this.#recovery.held = false;
    await this.context.resume();
  }

  /**
   * Find what is audible.
   *
   * @param nowMs time on the clock of `performance.now()`
   * @returns false if nothing is
   */
  playhead(nowMs: number, target: Playhead): boolean {
    if (!this.allowed) return false;
    const audibleS = nowMs / 1000 + this.#clockOffsetS(nowMs);
    return this.#timeline.locate(audibleS * this.context.sampleRate, target);
  }

  /** Close the audio graph. */
  async dispose(): Promise<void> {
    this.context.onstatechange = null;
    this.#recovery.dispose();
    this.#node?.port.close();
    this.#node?.disconnect();
    if (this.context.state !== 'closed') await this.context.close();
  }

  #receive(report: PlayoutReport): void {
    if (report.type === 'level') {
      this.#level = report;
      return;
    }
    this.#timeline.add(report.frame, report.turn, report.ptsUs, report.playing);
    this.#listener.onPlaying(report.playing, report.turn);
  }

  /** Context time of what is audible minus performance time, without the jitter of single readings. */
  #clockOffsetS(nowMs: number): number {
    const { contextTime, performanceTime } = this.context.getOutputTimestamp();
    let offsetS: number;
    if (contextTime && performanceTime && nowMs - performanceTime < STALE_MS) {
      offsetS = contextTime - performanceTime / 1000;
    } else {
      const latencyS = this.context.outputLatency || this.context.baseLatency || 0;
      offsetS = this.context.currentTime - latencyS - nowMs / 1000;
    }
    const error = offsetS - (this.#offsetS ?? Infinity);
    this.#offsetS = Math.abs(error) < JUMP_S ? (this.#offsetS ?? 0) + SMOOTHING * error : offsetS;
    return this.#offsetS;
  }
}
