import { expect, it } from 'vitest';
import {
  AgoraProvider,
  AvatarPlayer,
  HostedProvider,
  LiveKitProvider,
  LocalProvider,
  WebRtcProvider,
  type AvatarPlayerEvents,
  type AvatarPlayerOptions,
  type AvatarPlayerStats,
  type AvatarProvider,
  type ConnectConfig,
  type FaceView,
  type SessionSummary,
} from '../../packages/client/src/index.ts';
import {
  AvatarController,
  type AvatarError,
  AvatarManager,
  AvatarSDK,
  AvatarView,
  ConnectionState,
  ConversationState,
  DrivingServiceMode,
  LogLevel,
  type Avatar,
  type FramesDrop,
  type LoadProgress,
  type SdkConfiguration,
} from '../../packages/renderer/src/index.ts';

// The members that a page written for the hosted SDK relies on, with their signatures: `tsc` compares these lists
// with ours, and the tests below that the members are there.

interface PublishedPlayer {
  readonly isConnected: boolean;
  readonly sessionSummary: SessionSummary;
  connect(config: ConnectConfig): Promise<void>;
  disconnect(): Promise<void>;
  reconnect(): Promise<void>;
  startPublishing(): Promise<void>;
  stopPublishing(): Promise<void>;
  publishAudio(track?: MediaStreamTrack): Promise<void>;
  unpublishAudio(): Promise<void>;
  getConnectionState(): ConnectionState;
  getNativeClient(): unknown;
  on(name: keyof PublishedEvents, handler: () => void): void;
  off(name: keyof PublishedEvents, handler: () => void): void;
  // ours
  dispose(): Promise<void>;
  unlockAudio(): Promise<void>;
  setVolume(volume: number): void;
  getVolume(): number;
  sendMessage(topic: string, data: unknown, to?: number | string): void;
  getStats(): AvatarPlayerStats;
}

interface PublishedEvents {
  connected: undefined;
  disconnected: { readonly reason: string | undefined };
  error: AvatarError;
  'connection-state-changed': ConnectionState;
  connectionStateChanged: ConnectionState;
  stalled: undefined;
  // ours
  playing: undefined;
  idle: undefined;
  interrupted: undefined;
  stats: AvatarPlayerStats;
  'audio-blocked': undefined;
  'audio-unblocked': undefined;
  message: { readonly from: number | string; readonly topic: string; readonly data: unknown };
}

interface PublishedOptions {
  readonly logLevel?: LogLevel;
  readonly enableJitterBuffer?: boolean;
  readonly maxBufferDelayMs?: number;
  readonly transitionStartFrameCount?: number;
  readonly transitionEndFrameCount?: number;
}

interface PublishedController {
  onConnectionState: ((state: ConnectionState) => void) | undefined;
  onConversationState: ((state: ConversationState) => void) | undefined;
  onError: ((error: AvatarError) => void) | undefined;
  initializeAudioContext(): Promise<void>;
  start(): Promise<void>;
  send(pcm: ArrayBuffer | Uint8Array, end: boolean): string;
  close(): void;
  yieldAudioData(data: ArrayBuffer | Uint8Array, end: boolean): string;
  yieldFramesData(
    frames: readonly (ArrayBuffer | Uint8Array)[],
    id: string,
  ): FramesDrop | undefined;
  pause(): Promise<void>;
  resume(): Promise<void>;
  interrupt(): void;
  clear(): void;
  setVolume(volume: number): void;
  getVolume(): number;
  getCurrentConversationId(): string | undefined;
}

interface PublishedView extends FaceView {
  readonly controller: PublishedController;
  onFirstRendering: (() => void) | undefined;
  transform: { readonly x: number; readonly y: number; readonly scale: number };
  dispose(): void;
}

interface PublishedManager {
  load(
    source: string | URL | File | ArrayBuffer,
    onProgress?: (progress: LoadProgress) => void,
  ): Promise<Avatar>;
  retrieve(id: string): Avatar | undefined;
  clear(id: string): void;
  clearAll(): void;
}

interface PublishedSdk {
  initialize(appId: string, settings?: SdkConfiguration): Promise<void>;
  setSessionToken(token: string): void;
  setUserId(id: string): void;
  cleanup(): void;
  readonly isInitialized: boolean;
  readonly appId: string | undefined;
  readonly configuration: SdkConfiguration | undefined;
  readonly sessionToken: string | undefined;
  readonly userId: string | undefined;
  readonly version: string;
}

/** A record with every member of a type, so that a list of names can be neither short nor long. */
type Every<Type> = Record<keyof Type, true>;

const PLAYER: Every<PublishedPlayer> = {
  isConnected: true,
  sessionSummary: true,
  connect: true,
  disconnect: true,
  reconnect: true,
  startPublishing: true,
  stopPublishing: true,
  publishAudio: true,
  unpublishAudio: true,
  getConnectionState: true,
  getNativeClient: true,
  on: true,
  off: true,
  dispose: true,
  unlockAudio: true,
  setVolume: true,
  getVolume: true,
  sendMessage: true,
  getStats: true,
};

const CONTROLLER: Every<Omit<PublishedController, `on${string}`>> = {
  initializeAudioContext: true,
  start: true,
  send: true,
  close: true,
  yieldAudioData: true,
  yieldFramesData: true,
  pause: true,
  resume: true,
  interrupt: true,
  clear: true,
  setVolume: true,
  getVolume: true,
  getCurrentConversationId: true,
};

const SDK: Every<PublishedSdk> = {
  initialize: true,
  setSessionToken: true,
  setUserId: true,
  cleanup: true,
  isInitialized: true,
  appId: true,
  configuration: true,
  sessionToken: true,
  userId: true,
  version: true,
};

/** That one type can stand where another is wanted; nothing happens when the program runs. */
function fits<Ours extends Wanted, Wanted>(...proof: [Ours?, Wanted?]): void {
  expect(proof.length).toBe(0);
}

function members(type: { readonly prototype: object }): string[] {
  return Object.getOwnPropertyNames(type.prototype).filter((name) => name !== 'constructor');
}

it('every published member is there with its signature, and nothing is public that is not listed', () => {
  fits<AvatarPlayer, PublishedPlayer>();
  fits<AvatarPlayerEvents, PublishedEvents>();
  fits<PublishedEvents, AvatarPlayerEvents>();
  fits<PublishedOptions, AvatarPlayerOptions>();
  fits<Every<AvatarPlayer>, Every<PublishedPlayer>>();
  fits<Every<PublishedPlayer>, Every<AvatarPlayer>>();
  fits<AvatarController, PublishedController>();
  fits<AvatarView, PublishedView>();
  fits<AvatarManager, PublishedManager>();
  fits<typeof AvatarManager, Pick<PublishedManager, 'load'>>();
  fits<typeof AvatarSDK, PublishedSdk>();
  fits<Every<typeof AvatarSDK>, Every<PublishedSdk>>();

  expect(members(AvatarPlayer).sort()).toEqual(Object.keys(PLAYER).sort());
  expect(members(AvatarController)).toEqual(expect.arrayContaining(Object.keys(CONTROLLER)));
  expect(Object.keys(AvatarSDK).sort()).toEqual(Object.keys(SDK).sort());
  expect(members(AvatarView)).toEqual(
    expect.arrayContaining(['setPoseSource', 'transform', 'dispose']),
  );
  expect(members(AvatarManager).sort()).toEqual(['clear', 'clearAll', 'load', 'retrieve']);
  expect(AvatarManager.shared).toBeInstanceOf(AvatarManager);
  expect(typeof AvatarManager.load).toBe('function');
});

it.each([
  [ConnectionState, ['disconnected', 'connecting', 'connected', 'reconnecting', 'failed']],
  [ConversationState, ['idle', 'playing', 'pausing']],
  [DrivingServiceMode, ['sdk', 'host', 'backend']],
  [LogLevel, ['off', 'error', 'warning', 'info', 'debug']],
])('an enumeration has its values under their own names', (enumeration, names) => {
  expect(Object.entries(enumeration)).toEqual(names.map((name) => [name, name]));
});

it('every provider has the same members, and no native client before it is connected', () => {
  const wanted: Every<Omit<AvatarProvider, 'name'>> = {
    connect: true,
    disconnect: true,
    unlockAudio: true,
    playhead: true,
    sendMessage: true,
    publishAudio: true,
    unpublishAudio: true,
    setVolume: true,
    getVolume: true,
    getStats: true,
    getNativeClient: true,
  };
  for (const Provider of [
    AgoraProvider,
    HostedProvider,
    LiveKitProvider,
    LocalProvider,
    WebRtcProvider,
  ]) {
    expect(members(Provider)).toEqual(expect.arrayContaining(Object.keys(wanted)));
    expect(new Provider().getNativeClient()).toBeNull();
  }
});
