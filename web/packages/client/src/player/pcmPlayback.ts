import { AudioOutput } from '../audio/audioOutput.ts';
import type { PlayoutCommand } from '../audio/playoutMessage.ts';
import type { MotionFrame } from '../media/motionFrame.ts';
import type { Pose } from '../media/pose.ts';
import { FrameBuffer } from '../playout/frameBuffer.ts';
import { Performer } from '../playout/performer.ts';
import type { PoseSource } from './faceView.ts';

const TIMING = { startS: 0.2, endS: 0.8, interruptS: 0.2, holdS: 0.25 };
const CAPACITY_FRAMES = 16_384; // five minutes at 50 a second: motion comes faster than it plays
const MOTION_WITHIN_MS = 1000;

interface Turn {
  readonly number: number;
  readonly held: { readonly pcm: Float32Array; readonly ptsUs: number; readonly end: boolean }[];
  released: boolean;
  samples: number;
  /** Half of a sample that was cut in two. */
  oddByte: number | undefined;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** Plays sound and motion that the page itself hands in, in sync. */
export class PcmPlayback implements PoseSource {
  readonly #sampleRateHz: number;
  readonly #frames: FrameBuffer = new FrameBuffer(CAPACITY_FRAMES);
  readonly #performer: Performer = new Performer(this.#frames, TIMING);
  readonly #audio: AudioOutput;
  readonly #port: Promise<MessagePort>;
  readonly #heard = { turn: 0, ptsUs: 0 };
  #turns = 0;
  #turn: Turn | undefined;
  readonly #waiting: Turn[] = []; // for their first motion, oldest first

  /**
   * @param sampleRateHz rate of the sound
   * @param onPlaying called when sound begins to play, and when none is left
   */
  constructor(sampleRateHz: number, onPlaying: (playing: boolean) => void) {
    this.#sampleRateHz = sampleRateHz;
    const listener = { onAllowed: (): void => undefined, onPlaying };
    this.#audio = new AudioOutput(listener, sampleRateHz);
    this.#port = this.#audio.open({ targetS: 0, maxDelayS: Infinity });
  }

  get volume(): number {
    return this.#audio.volume;
  }
  set volume(volume: number) {
    this.#audio.volume = volume;
  }

  /** Wait until the audio graph stands, and let sound out. Call it in a user gesture. */
  async unlock(): Promise<void> {
    await this.#port;
    await this.#audio.unlock();
  }

  /** Hold sound and face where they are. */
  async pause(): Promise<void> {
    await this.#audio.pause();
  }

  /** Take PCM (16 bits, little endian, mono) of the current turn, or of a new one. */
  addSound(bytes: Uint8Array, end: boolean): void {
    const turn = (this.#turn ??= this.#begin());
    const pcm = toFloats(bytes, turn);
    const ptsUs = (turn.samples / this.#sampleRateHz) * 1e6;
    turn.samples += pcm.length;
    turn.held.push({ pcm, ptsUs, end });
    if (turn.released) this.#release(turn);
    if (end) this.#turn = undefined;
  }

  /** Number of the turn that sound is added to now, or was last. */
  get turnNumber(): number {
    return this.#turns;
  }

  /** Take motion of a turn. Sound waits for its first motion, for a second at most. */
  addMotion(turnNumber: number, frames: readonly MotionFrame[]): void {
    for (const frame of frames) this.#frames.push(turnNumber, frame);
    if (frames.length > 0) this.#releaseUntil(turnNumber);
  }

  /** Throw everything away. */
  clear(): void {
    this.#forgetWaiting();
    this.#turn = undefined;
    this.#performer.interrupt(performance.now() / 1000);
    void this.#post({ type: 'clear' });
  }

  sample(nowMs: number, pose: Pose): void {
    const heard = this.#audio.playhead(nowMs, this.#heard) ? this.#heard : undefined;
    this.#performer.perform(nowMs / 1000, heard, pose);
  }

  drawn(): void {
    // Nothing is measured here.
  }

  /** Close the audio graph. */
  async dispose(): Promise<void> {
    this.#forgetWaiting();
    (await this.#port).close();
    await this.#audio.dispose();
  }

  #begin(): Turn {
    const turn: Turn = {
      number: ++this.#turns,
      held: [],
      released: false,
      samples: 0,
      oddByte: undefined,
      timer: undefined,
    };
    turn.timer = setTimeout(() => {
      this.#releaseUntil(turn.number); // sound without motion is better than nothing
    }, MOTION_WITHIN_MS);
    this.#waiting.push(turn);
    return turn;
  }

  /** Let turns play, in order. */
  #releaseUntil(turnNumber: number): void {
    while (this.#waiting[0] !== undefined && this.#waiting[0].number <= turnNumber) {
      const turn = this.#waiting.shift() as Turn;
      clearTimeout(turn.timer);
      turn.released = true;
      this.#release(turn);
    }
  }

  #forgetWaiting(): void {
    for (const turn of this.#waiting.splice(0)) clearTimeout(turn.timer);
  }

  #release(turn: Turn): void {
    for (const { pcm, ptsUs, end } of turn.held.splice(0)) {
      void this.#post({ type: 'chunk', chunk: { turn: turn.number, ptsUs, pcm, end } });
    }
  }

  async #post(command: PlayoutCommand): Promise<void> {
    (await this.#port).postMessage(command);
  }
}

function toFloats(bytes: Uint8Array, turn: Turn): Float32Array {
  const start = turn.oddByte === undefined ? 0 : 1;
  const whole = new Uint8Array(bytes.length + start);
  if (turn.oddByte !== undefined) whole[0] = turn.oddByte;
  whole.set(bytes, start);
  turn.oddByte = whole.length % 2 === 1 ? whole[whole.length - 1] : undefined;
  const view = new DataView(whole.buffer);
  return Float32Array.from(
    { length: whole.length >> 1 },
    (_, i) => view.getInt16(2 * i, true) / 32768,
  );
}
