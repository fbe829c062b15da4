import type { MotionFrame } from '../media/motionFrame.ts';
import { ArrivalClock } from '../playout/arrivalClock.ts';
import type { Playhead } from '../playout/timeline.ts';
import type { ProviderListener } from './provider.ts';

const DELAY_MS = 80; // until the vendor's client tells its own
const WATCH_MS = 40;

/** What a provider whose vendor plays the sound has in common with others: clock, interrupts, state of playing. */
export class RtcPlayback {
  readonly #listener: ProviderListener;
  readonly #setMuted: (muted: boolean) => void;
  readonly #clock: ArrivalClock = new ArrivalClock(DELAY_MS);
  readonly #heard: Playhead = { turn: 0, ptsUs: 0 };
  readonly #timer: ReturnType<typeof setInterval>;
  #playing = false;
  #muted = false;

  /** @param setMuted silences the avatar's sound, or lets it be heard again */
  constructor(listener: ProviderListener, setMuted: (muted: boolean) => void) {
    this.#listener = listener;
    this.#setMuted = setMuted;
    this.#timer = setInterval(() => {
      this.#watch();
    }, WATCH_MS);
  }

  /** Time from the arrival of sound until it is heard, milliseconds. */
  get delayMs(): number {
    return this.#clock.delayMs;
  }
  set delayMs(delayMs: number) {
    this.#clock.delayMs = delayMs;
  }

  /** Take motion that has come. */
  receive(turn: number, frames: readonly MotionFrame[], end: boolean, nowMs: number): void {
    const newest = frames.at(-1);
    if (newest !== undefined) this.#clock.note(turn, newest.ptsUs, end, nowMs);
    this.#listener.onMotion(turn, frames, end);
  }

  /** Silence at once, and forget what was to come. */
  clear(epoch: number): void {
    this.#clock.clear();
    this.#mute(true);
    this.#listener.onClear(epoch);
    this.#watch();
  }

  /** Find what is audible; false if nothing is. */
  playhead(nowMs: number, target: Playhead): boolean {
    return this.#clock.locate(nowMs, target);
  }

  dispose(): void {
    clearInterval(this.#timer);
    this.#mute(false);
  }

  #watch(): void {
    const playing = this.#clock.locate(performance.now(), this.#heard);
    // What the vendor's jitter buffer held of the interrupted turn is over when the next one sounds.
    if (playing) this.#mute(false);
    if (playing === this.#playing) return;
    this.#playing = playing;
    this.#listener.onPlaying(playing, this.#heard.turn);
  }

  #mute(muted: boolean): void {
    if (muted === this.#muted) return;
    this.#muted = muted;
    this.#setMuted(muted);
  }
}
