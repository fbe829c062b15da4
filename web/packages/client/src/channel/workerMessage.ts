import type { MotionFrame } from '../media/motionFrame.ts';
import type { ControlMessage } from './control.ts';
import type { PacketDrop } from './publisherTracker.ts';

/** To the channel's worker. */
export type WorkerCommand =
  | { readonly type: 'connect'; readonly url: string; readonly join: string }
  /** The answer to `decoder_missing`: the text of a script that decodes Opus. */
  | { readonly type: 'decoder'; readonly script: string }
  | { readonly type: 'port'; readonly port: MessagePort }
  | { readonly type: 'send'; readonly text: string }
  | { readonly type: 'audible'; readonly audible: boolean }
  | { readonly type: 'close' };

/** Why the worker dropped something. */
export type WorkerDrop = PacketDrop | 'malformed' | 'audio_blocked' | 'decode_failed' | 'lost';

/** From the channel's worker. */
export type WorkerReport =
  | { readonly type: 'control'; readonly message: ControlMessage }
  | {
      readonly type: 'motion';
      /** The receiver's own count of turns. */
      readonly turn: number;
      readonly wireTurn: number;
      readonly epoch: number;
      readonly frames: readonly MotionFrame[];
      readonly start: boolean;
      readonly end: boolean;
    }
  | { readonly type: 'clear'; readonly epoch: number }
  | { readonly type: 'drop'; readonly reason: WorkerDrop; readonly count: number }
  /** The browser cannot decode Opus here: send a script that can. */
  | { readonly type: 'decoder_missing' }
  /** There is no way to decode Opus. */
  | { readonly type: 'decoder_failed'; readonly problem: string }
  | { readonly type: 'decode_error'; readonly problem: string }
  | { readonly type: 'closed'; readonly code: number };
