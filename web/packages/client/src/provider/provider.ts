import type { MotionFrame } from '../media/motionFrame.ts';
import type { AvatarError } from '../player/avatarError.ts';
import type { ConnectionState } from '../player/state.ts';
import type { Playhead } from '../playout/timeline.ts';

/** Where to connect; each provider says which members it needs. */
export interface ConnectConfig {
  readonly appId?: string;
  readonly channel?: string;
  readonly token?: string;
  readonly uid?: number;
  /** Server address, for LiveKit and for a hosted channel that is not at the page's own origin. */
  readonly url?: string;
  readonly roomName?: string;
}

/** What a provider tells the player. Turns are numbered by the provider and only grow. */
export interface ProviderListener {
  onConnectionState(state: ConnectionState, error?: AvatarError): void;
  /** The browser lets sound out, or does not. */
  onAudioAllowed(allowed: boolean): void;
  /** The publisher announced a turn. */
  onTurn(turn: {
    readonly turn: number;
    readonly epoch: number;
    readonly firstFrameMs?: number;
  }): void;
  /** Motion came; `end` when nothing of this turn follows. */
  onMotion(turn: number, frames: readonly MotionFrame[], end: boolean): void;
  /** Everything of older epochs is void; the provider has silenced it already. */
  onClear(epoch: number): void;
  /** Sound of a turn begins to play, or none plays any more. */
  onPlaying(playing: boolean, turn: number): void;
  onMessage(message: {
    readonly from: number | string;
    readonly topic: string;
    readonly data: unknown;
  }): void;
  onDrop(reason: string, count: number): void;
  onError(error: AvatarError): void;
}

/** State of a provider's playback, for statistics. */
export interface ProviderStats {
  /** Sound held, milliseconds. */
  readonly bufferMs: number;
  /** Root mean square of what leaves the loudspeaker. */
  readonly audioLevel: number;
  /** Times that sound ran dry in the middle of a turn. */
  readonly underruns: number;
  /** Sound left out to catch up, milliseconds. */
  readonly caughtUpMs: number;
}

/** One way of receiving an avatar's sound and motion. */
export interface AvatarProvider {
  readonly name: string;
  /** Join; resolves once joined, rejects with an `AvatarError`. */
  connect(
    config: ConnectConfig,
    listener: ProviderListener,
    options: ProviderOptions,
  ): Promise<void>;
  disconnect(): Promise<void>;
  /** Ask the browser to let sound out; call it in a user gesture. */
  unlockAudio(): Promise<void>;
  /**
   * Find what is audible.
   *
   * @param nowMs time on the clock of `performance.now()`
   * @returns false if nothing is
   */
  playhead(nowMs: number, target: Playhead): boolean;
  /** Send a small JSON value to one member or to all. */
  sendMessage(topic: string, data: unknown, to?: number | string): void;
  /** Publish sound into the channel. */
  publishAudio(track: MediaStreamTrack): Promise<void>;
  unpublishAudio(): Promise<void>;
  setVolume(volume: number): void;
  getVolume(): number;
  getStats(): ProviderStats;
  /** The vendor's client, or null. */
  getNativeClient(): unknown;
}

/** How a provider plays. */
export interface ProviderOptions {
  /** Sound gathered before playing starts, seconds. */
  readonly targetS: number;
  /** Sound held longer than this is caught up with, seconds. */
  readonly maxDelayS: number;
}
