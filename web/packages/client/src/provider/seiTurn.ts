import type { MotionFrame } from '../media/motionFrame.ts';
import { decodeAnimation } from '../protocol/packet.ts';
import type { SeiPacket } from '../protocol/sei.ts';

/** Why a SEI packet was not used. */
export type SeiDrop = 'malformed' | 'interrupted' | 'out_of_order';

/** Motion out of a SEI packet. */
export interface SeiMotion {
  /** The receiver's own count of turns. */
  readonly turn: number;
  readonly frames: readonly MotionFrame[];
  readonly end: boolean;
}

/** Follows the turns in a stream of SEI packets. */
export class SeiTurn {
  #turn = 0;
  #open = false;
  #interrupted = false;
  #sequence = -1;

  /** Take a packet: motion, why it was dropped, or undefined if it says nothing new. */
  receive(packet: SeiPacket): SeiMotion | SeiDrop | undefined {
    if (packet.kind === 'idle') {
      this.#open = false;
      return undefined;
    }
    // The transitions into and out of speech are the viewer's own work.
    if (packet.kind !== 'animation') return undefined;
    const sequence = packet.sequence ?? 0;
    if (packet.start) {
      this.#turn++;
      this.#interrupted = false;
    } else if (this.#interrupted) return 'interrupted';
    else if (sequence <= this.#sequence) return 'out_of_order';
    else if (!this.#open) this.#turn++; // joined in the middle
    this.#open = !packet.end;
    this.#sequence = sequence;
    const frames = decodeAnimation(packet.animation);
    return frames === undefined ? 'malformed' : { turn: this.#turn, frames, end: packet.end };
  }

  /** Drop what still comes of this turn. */
  interrupt(): void {
    this.#interrupted = true;
    this.#open = false;
  }
}
