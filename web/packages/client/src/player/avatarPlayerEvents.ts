import type { AvatarError } from './avatarError.ts';
import type { AvatarPlayerStats } from './avatarPlayerStats.ts';
import type { ConnectionState } from './state.ts';

/** Events of an `AvatarPlayer` and what their handlers get. */
export interface AvatarPlayerEvents {
  connected: undefined;
  disconnected: { readonly reason: string | undefined };
  error: AvatarError;
  'connection-state-changed': ConnectionState;
  /** The same, as other SDKs spell it. */
  connectionStateChanged: ConnectionState;
  /** Nothing came for 3 s in the middle of speech. */
  stalled: undefined;
  /** Speech begins to sound. */
  playing: undefined;
  /** Speech has ended. */
  idle: undefined;
  interrupted: undefined;
  /** The browser holds sound back until a user gesture: call `unlockAudio()` in one. */
  'audio-blocked': undefined;
  'audio-unblocked': undefined;
  /** Once a second between `connect()` and the end. */
  stats: AvatarPlayerStats;
  message: { readonly from: number | string; readonly topic: string; readonly data: unknown };
}
