import type { MotionFrame } from '../media/motionFrame.ts';
import { mixPoses, POSE_SIZE, type Pose } from '../media/pose.ts';

/** Why a frame was not kept. */
export type FrameDrop = 'late' | 'duplicate' | 'overflow';

/** Where a media time lies relative to the frames held. */
export type FrameCover = 'none' | 'before' | 'inside' | 'after';

interface Slot {
  turn: number;
  ptsUs: number;
  readonly values: Float32Array;
}

/**
 * Puts motion frames in order and answers what the face looks like at a media time.
 *
 * Holds no clock and starts no timer: the renderer asks, once per display frame. All memory is taken at
 * construction.
 */
export class FrameBuffer {
  readonly #slots: Slot[];
  #first = 0;
  #depth = 0;
  #playedTurn = -1;
  #playedUs = -Infinity;

  constructor(capacity: number) {
    this.#slots = Array.from({ length: capacity }, () => ({
      turn: 0,
      ptsUs: 0,
      values: new Float32Array(POSE_SIZE),
    }));
  }

  /** Number of frames held. */
  get depth(): number {
    return this.#depth;
  }

  /** Media time of the newest frame held of a turn, or undefined. */
  newestUs(turn: number): number | undefined {
    if (this.#depth === 0) return undefined;
    const newest = this.#at(this.#depth - 1);
    return newest.turn === turn ? newest.ptsUs : undefined;
  }

  /**
   * Insert a frame of a turn. When the buffer is full the oldest frame makes room.
   *
   * @returns why a frame was lost, or undefined if none was
   */
  push(turn: number, frame: MotionFrame): FrameDrop | undefined {
    if (turn < this.#playedTurn) return 'late';
    if (turn === this.#playedTurn && frame.ptsUs <= this.#playedUs) return 'late';
    let place = this.#depth;
    while (place > 0 && isAfter(this.#at(place - 1), turn, frame.ptsUs)) place--;
    const before = place > 0 ? this.#at(place - 1) : undefined;
    if (before?.turn === turn && before.ptsUs === frame.ptsUs) return 'duplicate';
    let lost: FrameDrop | undefined;
    if (this.#depth === this.#slots.length) {
      if (place === 0) return 'overflow';
      this.#dropOldest();
      place--;
      lost = 'overflow';
    }
    const slot = this.#at(this.#depth);
    for (let i = this.#depth; i > place; i--) this.#put(i, this.#at(i - 1));
    this.#put(place, slot);
    slot.turn = turn;
    slot.ptsUs = frame.ptsUs;
    slot.values.set(frame.values);
    this.#depth++;
    return lost;
  }

  /**
   * Write the pose at a media time into `target`, between the two frames around it, and forget what is older.
   * Before the first and after the last frame of the turn the nearest one holds.
   */
  sample(turn: number, ptsUs: number, target: Pose): FrameCover {
    // Keep one frame at or before the time asked for: the next question lies after it.
    while (this.#depth > 0 && this.#at(0).turn < turn) this.#dropOldest();
    while (this.#depth > 1 && !isAfter(this.#at(1), turn, ptsUs)) this.#dropOldest();
    if (this.#depth === 0) return 'none';
    const left = this.#at(0);
    if (left.turn !== turn) return 'none';
    if (left.ptsUs > ptsUs) {
      target.values.set(left.values);
      return 'before';
    }
    this.#playedTurn = turn;
    this.#playedUs = left.ptsUs;
    const right = this.#depth > 1 ? this.#at(1) : undefined;
    if (right?.turn !== turn) {
      target.values.set(left.values);
      return ptsUs > left.ptsUs ? 'after' : 'inside';
    }
    const t = (ptsUs - left.ptsUs) / (right.ptsUs - left.ptsUs);
    mixPoses(left.values, right.values, t, target.values);
    return 'inside';
  }

  /** Forget every frame. */
  clear(): void {
    this.#depth = 0;
  }

  #at(index: number): Slot {
    return this.#slots[(this.#first + index) % this.#slots.length] as Slot;
  }

  #put(index: number, slot: Slot): void {
    this.#slots[(this.#first + index) % this.#slots.length] = slot;
  }

  #dropOldest(): void {
    this.#first = (this.#first + 1) % this.#slots.length;
    this.#depth--;
  }
}

function isAfter(slot: Slot, turn: number, ptsUs: number): boolean {
  return slot.turn !== turn ? slot.turn > turn : slot.ptsUs > ptsUs;
}
