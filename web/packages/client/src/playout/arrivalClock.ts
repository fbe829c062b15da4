import type { Playhead } from './timeline.ts';

interface Turn {
  number: number;
  /** Least arrival time minus media time seen, milliseconds: the packets that were fastest tell the sender's clock. */
  offsetMs: number;
  newestUs: number;
  ended: boolean;
}

/** How long sound may go on behind the newest packet of a turn that has not ended. */
const GRACE_US = 120_000;

/**
 * Estimates what is audible where sound is played by somebody else's code.
 *
 * Motion and sound leave the sender together; sound is heard a playout delay after it came. Holds no clock: the
 * caller passes the time.
 */
export class ArrivalClock {
  /** Time from a packet's arrival until its sound is heard, milliseconds. */
  delayMs: number;
  #turn: Turn | undefined;
  #before: Turn | undefined; // whose end may still be sounding

  constructor(delayMs: number) {
    this.delayMs = delayMs;
  }

  /** Note that media time `ptsUs` of a turn has arrived. */
  note(number: number, ptsUs: number, ended: boolean, nowMs: number): void {
    const offsetMs = nowMs - ptsUs / 1000;
    if (this.#turn?.number !== number) {
      this.#before = this.#turn;
      if (this.#before !== undefined) this.#before.ended = true;
      this.#turn = { number, offsetMs, newestUs: ptsUs, ended };
      return;
    }
    this.#turn.offsetMs = Math.min(this.#turn.offsetMs, offsetMs);
    this.#turn.newestUs = Math.max(this.#turn.newestUs, ptsUs);
    this.#turn.ended ||= ended;
  }

  /** Find what is audible; false if nothing is. */
  locate(nowMs: number, target: Playhead): boolean {
    return this.#at(this.#turn, nowMs, target) || this.#at(this.#before, nowMs, target);
  }

  /** Forget everything: it was interrupted. */
  clear(): void {
    this.#turn = undefined;
    this.#before = undefined;
  }

  #at(turn: Turn | undefined, nowMs: number, target: Playhead): boolean {
    if (turn === undefined) return false;
    const ptsUs = (nowMs - turn.offsetMs - this.delayMs) * 1000;
    if (ptsUs < 0 || ptsUs > turn.newestUs + (turn.ended ? 0 : GRACE_US)) return false;
    target.turn = turn.number;
    target.ptsUs = ptsUs;
    return true;
  }
}
