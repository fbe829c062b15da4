import { AudioRecovery } from './audioRecovery.ts';

/** Told what the audio output does. */
export interface RtcOutputListener {
  /** The browser allows sound, or stopped doing so. */
  onAllowed(allowed: boolean): void;
}

const FADE_S = 0.003;

/** The sound of a peer connection on its way to the loudspeaker: a mute without clicks, a volume, a meter. */
export class RtcOutput {
  readonly context: AudioContext;
  readonly #mute: GainNode;
  readonly #volume: GainNode;
  readonly #analyser: AnalyserNode;
  readonly #wave: Float32Array<ArrayBuffer>;
  /** Chrome lets remote sound into Web Audio only while an element takes it too. */
  readonly #puller: HTMLAudioElement = new Audio();
  readonly #recovery: AudioRecovery;
  #source: MediaStreamAudioSourceNode | undefined;

  constructor(listener: RtcOutputListener) {
    this.context = new AudioContext({ latencyHint: 'interactive' });
    this.#mute = this.context.createGain();
    this.#volume = this.context.createGain();
    this.#analyser = this.context.createAnalyser();
    this.#wave = new Float32Array(this.#analyser.fftSize);
    this.#mute.connect(this.#volume).connect(this.#analyser).connect(this.context.destination);
    this.#puller.muted = true;
    this.#recovery = new AudioRecovery(this.context);
    this.context.onstatechange = (): void => {
      listener.onAllowed(this.allowed);
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

  /** Time from the graph to the ear, milliseconds. */
  get latencyMs(): number {
    return (this.context.outputLatency || this.context.baseLatency || 0) * 1000;
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

  /** Play this track from now on. */
  play(track: MediaStreamTrack): void {
    const stream = new MediaStream([track]);
    this.#puller.srcObject = stream;
    this.#puller.play().catch(() => undefined); // muted: allowed, or not needed
    this.#source?.disconnect();
    this.#source = this.context.createMediaStreamSource(stream);
    this.#source.connect(this.#mute);
  }

  /** Silence the track at once, or let it be heard again. */
  set muted(muted: boolean) {
    const gain = this.#mute.gain;
    gain.cancelScheduledValues(this.context.currentTime);
    gain.setTargetAtTime(muted ? 0 : 1, this.context.currentTime, FADE_S);
  }

  /** Ask the browser to let sound out; works inside a user gesture. */
  async unlock(): Promise<void> {
    await this.context.resume();
    await this.#puller.play().catch(() => undefined);
  }

  /** Close the audio graph. */
  async dispose(): Promise<void> {
    this.context.onstatechange = null;
    this.#recovery.dispose();
    this.#puller.srcObject = null;
    this.#source?.disconnect();
    if (this.context.state !== 'closed') await this.context.close();
  }
}
