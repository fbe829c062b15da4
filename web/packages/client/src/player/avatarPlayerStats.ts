import type { Skew } from './skewMeter.ts';
import type { ConnectionState, ConversationState } from './state.ts';

/** What a player knows about itself. */
export interface AvatarPlayerStats {
  readonly connectionState: ConnectionState;
  readonly conversationState: ConversationState;
  readonly audioAllowed: boolean;
  /** Media time drawn against media time heard; undefined before the first speech. */
  readonly skew: Skew | undefined;
  readonly bufferMs: number;
  readonly audioLevel: number;
  readonly underruns: number;
  readonly caughtUpMs: number;
  readonly framesReceived: number;
  readonly framesRendered: number;
  /** Counts of what was dropped, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Weights shown now, by blend shape. */
  readonly weights: Readonly<Record<string, number>>;
  /** Media time of the pose shown now, since its turn began; undefined while the face idles. */
  readonly shownMs: number | undefined;
  readonly epoch: number;
  readonly turn: number;
  /** From the arrival of the turn's first sound at the server to its first packet. */
  readonly firstFrameMs: number | undefined;
}
