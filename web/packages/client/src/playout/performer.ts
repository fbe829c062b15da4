import { Pose } from '../media/pose.ts';
import type { FrameBuffer } from './frameBuffer.ts';
import type { Playhead } from './timeline.ts';

/** How a `Performer` moves between idling and speaking; seconds. */
export interface PerformerTiming {
  /** Length of the transition into speech. */
  readonly startS: number;
  /** Length of the transition from the end of speech to idling. */
  readonly endS: number;
  /** Length of the transition to idling after an interrupt. */
  readonly interruptS: number;
  /** How long a pose is held when sound or motion runs dry in mid-turn. */
  readonly holdS: number;
}

/** Farthest that the newest motion frame may lie behind the sound before the face stops following it. */
const MAX_MOTION_LAG_US = 200_000;

/**
 * Decides what the face does: idles, speaks, or moves from one to the other.
 *
 * Every transition starts from the pose shown last, so the face never jumps, whatever the network does.
 */
export class Performer {
  readonly #frames: FrameBuffer;
  readonly #timing: PerformerTiming;
  readonly #speech: Pose = new Pose();
  readonly #from: Pose = new Pose();
  readonly #shown: Pose = new Pose();
  #speaking = false;
  #changedS = -Infinity;
  #durationS = 0;
  #coveredS = -Infinity;

  constructor(frames: FrameBuffer, timing: PerformerTiming) {
    this.#frames = frames;
    this.#timing = timing;
  }

  /** Whether the face follows speech. */
  get speaking(): boolean {
    return this.#speaking;
  }

  /**
   * Write the pose to show into `target`, which holds the idle pose of this moment.
   *
   * @param nowS current time
   * @param playhead what is audible, or undefined if nothing is
   * @returns whether `target` shows motion of the playhead's media time
   */
  perform(nowS: number, playhead: Playhead | undefined, target: Pose): boolean {
    const covered = playhead !== undefined && this.#follow(playhead);
    if (covered) {
      this.#coveredS = nowS;
      if (!this.#speaking) this.#change(true, nowS, this.#timing.startS);
    } else if (this.#speaking) {
      const done = playhead === undefined ? this.#timing.holdS : 0;
      if (nowS - this.#coveredS > done) this.#change(false, nowS, this.#timing.endS);
    }
    const goal = this.#speaking ? this.#speech : target;
    const progress = (nowS - this.#changedS) / this.#durationS;
    if (progress < 1) target.mix(this.#from, goal, smoothstep(progress));
    else if (this.#speaking) target.copy(this.#speech);
    this.#shown.copy(target);
    return covered;
  }

  /** Give up the current speech and ease to idling. */
  interrupt(nowS: number): void {
    this.#frames.clear();
    if (this.#speaking) this.#change(false, nowS, this.#timing.interruptS);
  }

  #follow(playhead: Playhead): boolean {
    const cover = this.#frames.sample(playhead.turn, playhead.ptsUs, this.#speech);
    if (cover === 'inside') return true;
    if (cover !== 'after') return false;
    return playhead.ptsUs - (this.#frames.newestUs(playhead.turn) ?? -Infinity) < MAX_MOTION_LAG_US;
  }

  #change(speaking: boolean, nowS: number, durationS: number): void {
    this.#speaking = speaking;
    this.#from.copy(this.#shown);
    this.#changedS = nowS;
    this.#durationS = durationS;
  }
}

function smoothstep(t: number): number {
  const x = Math.max(0, Math.min(1, t));
  return x * x * (3 - 2 * x);
}
