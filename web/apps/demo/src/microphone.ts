import { openMicrophone } from '@avamotion/client';
import { VoiceActivity } from './voiceActivity.ts';

const EVERY_MS = 20;

/** Listens to the microphone and tells when somebody begins to speak. What is said stays here. */
export class Microphone {
  readonly #onVoice: () => void;
  #track: MediaStreamTrack | undefined;
  #context: AudioContext | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(onVoice: () => void) {
    this.#onVoice = onVoice;
  }

  /** Whether it listens. */
  get open(): boolean {
    return this.#track !== undefined;
  }

  /**
   * Begin to listen.
   *
   * @throws AvatarError if there is no microphone to be had
   */
  async start(): Promise<void> {
    if (this.open) return;
    this.#track = await openMicrophone();
    const context = new AudioContext();
    this.#context = context;
    const analyser = context.createAnalyser();
    analyser.fftSize = 1024;
    context.createMediaStreamSource(new MediaStream([this.#track])).connect(analyser);
    const wave = new Float32Array(analyser.fftSize);
    const activity = new VoiceActivity();
    this.#timer = setInterval(() => {
      analyser.getFloatTimeDomainData(wave);
      const rms = Math.sqrt(wave.reduce((sum, sample) => sum + sample * sample, 0) / wave.length);
      if (activity.receive(rms, performance.now()) === 'started') this.#onVoice();
    }, EVERY_MS);
  }

  /** Close the microphone. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#track?.stop();
    this.#track = undefined;
    await this.#context?.close();
    this.#context = undefined;
  }
}
