import {
  AvatarError,
  ConversationState,
  decodeAnimation,
  IngressClient,
  PcmPlayback,
  type ConnectionState,
  type PoseSource,
} from '@avamotion/client';
import { AvatarSDK } from './avatarSdk.ts';

const DEFAULT_RATE_HZ = 16_000;

/** What a controller needs to know of its view. */
export interface ControllerHost {
  readonly avatarId: string;
  /** Whether a provider decides what the face does. */
  readonly owned: boolean;
}

/** Why frames were not used. */
export type FramesDrop = 'unknown_conversation' | 'malformed';

/** Drives an avatar by hand: the page streams sound to the Motion Server, or forwards what its backend got. */
export class AvatarController {
  /** Called with every new state of the connection to the Motion Server. */
  onConnectionState: ((state: ConnectionState) => void) | undefined;
  /** Called with every new state of what the avatar says. */
  onConversationState: ((state: ConversationState) => void) | undefined;
  onError: ((error: AvatarError) => void) | undefined;
  readonly #host: ControllerHost;
  readonly #turns: Map<string, number> = new Map();
  readonly #ingress: IngressClient;
  #playback: PcmPlayback | undefined;
  #volume = 1;
  #state: ConversationState = ConversationState.idle;
  #paused = false;
  #conversation: string | undefined;
  #conversationOpen = false;

  constructor(host: ControllerHost) {
    this.#host = host;
    this.#ingress = new IngressClient({
      onConnectionState: (state) => this.onConnectionState?.(state),
      onAnimation: (id, animation) => {
        if (animation.length > 0) this.#addMotion(animation, id);
      },
      onError: (error) => this.onError?.(error),
    });
  }

  /** What the face does when the page drives it; undefined until sound was handed in. */
  get source(): PoseSource | undefined {
    return this.#playback;
  }

  /** Start the browser's audio; call it inside a user gesture. */
  async initializeAudioContext(): Promise<void> {
    await this.#open().unlock();
  }

  /**
   * Connect to the Motion Server with the session token.
   *
   * @throws AvatarError if something is missing or the server refuses
   */
  async start(): Promise<void> {
    const { appId, sessionToken, configuration } = AvatarSDK;
    if (appId === undefined || sessionToken === undefined) {
      const text = 'Call AvatarSDK.initialize() and AvatarSDK.setSessionToken() before start().';
      throw new AvatarError('config_invalid', text);
    }
    this.#refuseIfOwned('start');
    await this.#ingress.open({
      endpointUrl: configuration?.ingressEndpointUrl ?? defaultIngress(),
      avatarId: this.#host.avatarId,
      appId,
      sessionToken,
      sampleRateHz: sampleRateHz(),
    });
  }

  /**
   * Have sound spoken by way of the Motion Server.
   *
   * @param pcm 16 bits, little endian, mono
   * @param end whether nothing of this conversation follows
   * @returns the conversation's id
   */
  send(pcm: ArrayBuffer | Uint8Array, end: boolean): string {
    this.#refuseIfOwned('send');
    const bytes = toBytes(pcm);
    const id = this.#addSound(bytes, end);
    this.#ingress.send(id, bytes, end);
    return id;
  }

  /** Leave the Motion Server. */
  close(): void {
    this.#ingress.close();
    this.clear();
  }

  /**
   * Play sound that the page's backend received.
   *
   * @returns the conversation's id, for `yieldFramesData`
   * @throws AvatarError while a provider is connected
   */
  yieldAudioData(data: ArrayBuffer | Uint8Array, end: boolean): string {
    this.#refuseIfOwned('yieldAudioData');
    return this.#addSound(toBytes(data), end);
  }

  /**
   * Play the motion that belongs to a conversation's sound.
   *
   * @returns why frames were not used, or undefined
   * @throws AvatarError while a provider is connected
   */
  yieldFramesData(
    frames: readonly (ArrayBuffer | Uint8Array)[],
    id: string,
  ): FramesDrop | undefined {
    this.#refuseIfOwned('yieldFramesData');
    for (const frame of frames) {
      const drop = this.#addMotion(toBytes(frame), id);
      if (drop !== undefined) return drop;
    }
    return undefined;
  }

  /** Hold sound and face; what is buffered stays. */
  async pause(): Promise<void> {
    if (this.#playback === undefined || this.#paused) return;
    this.#paused = true;
    await this.#playback.pause();
    this.#setState(ConversationState.pausing);
  }

  /** Go on after a pause. */
  async resume(): Promise<void> {
    if (this.#playback === undefined || !this.#paused) return;
    this.#paused = false;
    await this.#playback.unlock();
    this.#setState(ConversationState.playing);
  }

  /** Stop at once and throw away what is buffered, also at the Motion Server. */
  interrupt(): void {
    if (this.#conversation !== undefined) this.#ingress.interrupt(this.#conversation);
    this.clear();
  }

  /** Throw away what is buffered. */
  clear(): void {
    this.#playback?.clear();
    this.#turns.clear();
    this.#conversation = undefined;
    this.#conversationOpen = false;
    this.#setState(ConversationState.idle);
  }

  setVolume(volume: number): void {
    this.#volume = volume;
    if (this.#playback !== undefined) this.#playback.volume = volume;
  }

  getVolume(): number {
    return this.#volume;
  }

  /** Id of the conversation that sound was handed in for last. */
  getCurrentConversationId(): string | undefined {
    return this.#conversation;
  }

  /** End everything. */
  async dispose(): Promise<void> {
    this.#ingress.close();
    const playback = this.#playback;
    this.#playback = undefined;
    await playback?.dispose();
  }

  #addSound(bytes: Uint8Array, end: boolean): string {
    const playback = this.#open();
    playback.addSound(bytes, end);
    if (!this.#conversationOpen) this.#conversation = crypto.randomUUID();
    const id = this.#conversation as string;
    this.#turns.set(id, playback.turnNumber);
    this.#conversationOpen = !end;
    return id;
  }

  #addMotion(bytes: Uint8Array, id: string): FramesDrop | undefined {
    const turn = this.#turns.get(id);
    if (turn === undefined) return 'unknown_conversation';
    const frames = decodeAnimation(bytes);
    if (frames === undefined) return 'malformed';
    this.#playback?.addMotion(turn, frames);
    return undefined;
  }

  #open(): PcmPlayback {
    if (this.#playback === undefined) {
      this.#playback = new PcmPlayback(sampleRateHz(), (playing) => {
        if (playing) this.#setState(ConversationState.playing);
        else if (!this.#conversationOpen) this.#setState(ConversationState.idle);
      });
      this.#playback.volume = this.#volume;
    }
    return this.#playback;
  }

  #setState(state: ConversationState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.onConversationState?.(state);
  }

  #refuseIfOwned(method: string): void {
    if (!this.#host.owned) return;
    throw new AvatarError(
      'flow_owned',
      `${method}() cannot be used while a provider is connected: the provider owns the flow from the channel to the face. Call player.disconnect() first.`,
    );
  }
}

function sampleRateHz(): number {
  return AvatarSDK.configuration?.audioFormat?.sampleRate ?? DEFAULT_RATE_HZ;
}

function toBytes(data: ArrayBuffer | Uint8Array): Uint8Array {
  return data instanceof Uint8Array ? data : new Uint8Array(data);
}

function defaultIngress(): string {
  const url = new URL('/v2/driveningress', location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}
