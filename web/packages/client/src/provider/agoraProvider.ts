import type {
  IAgoraRTC,
  IAgoraRTCClient,
  IAgoraRTCRemoteUser,
  ILocalAudioTrack,
  IRemoteAudioTrack,
  IRemoteVideoTrack,
  UID,
} from 'agora-rtc-sdk-ng';
import { parseControl } from '../channel/control.ts';
import { AvatarError } from '../player/avatarError.ts';
import type { Playhead } from '../playout/timeline.ts';
import { readSeiBody } from '../protocol/sei.ts';
import type { AvatarProvider, ConnectConfig, ProviderListener, ProviderStats } from './provider.ts';
import { RtcPlayback } from './rtcPlayback.ts';
import { SeiTurn } from './seiTurn.ts';

/** Settings of an `AgoraProvider`. */
export interface AgoraProviderOptions {
  /**
   * A client that the page already has; hand it in before it joins, and call
   * `AgoraRTC.setParameter('ENABLE_VIDEO_SEI', true)` before you make it.
   */
  readonly client?: IAgoraRTCClient;
  /** Called when the token is about to expire; returns a new one. */
  readonly renewToken?: () => Promise<string>;
}

interface Session {
  readonly client: IAgoraRTCClient;
  readonly listener: ProviderListener;
  readonly playback: RtcPlayback;
  readonly turn: SeiTurn;
  readonly handlers: readonly (readonly [string, (...args: never[]) => void])[];
  readonly delayTimer: ReturnType<typeof setInterval>;
  /** Whether we joined, or are about to, and so have to leave. */
  joined: boolean;
  avatar: UID | undefined;
  microphone: ILocalAudioTrack | undefined;
  reading: Promise<void>;
  /** Newest epoch told of: an interrupt is told more than once. */
  epoch: number;
}

const DELAY_EVERY_MS = 500;
const OUTPUT_MS = 20; // from the jitter buffer to the ear

/** Receives from an Agora channel: sound from its audio track, motion from the SEI of its video track. */
export class AgoraProvider implements AvatarProvider {
  readonly name = 'agora';
  readonly #options: AgoraProviderOptions;
  #session: Session | undefined;
  #sdk: IAgoraRTC | undefined;
  #volume = 1;

  constructor(options: AgoraProviderOptions = {}) {
    this.#options = options;
  }

  async connect(config: ConnectConfig, listener: ProviderListener): Promise<void> {
    await this.disconnect();
    const { appId, channel, uid } = config;
    if (!appId || !channel) {
      throw new AvatarError('config_invalid', 'connect() needs appId and channel.');
    }
    listener.onConnectionState('connecting');
    const session = this.#attach(await this.#makeClient(), listener);
    this.#session = session;
    try {
      if (session.client.connectionState === 'DISCONNECTED') {
        session.joined = true;
        await session.client.join(appId, channel, config.token ?? null, uid ?? null);
      }
    } catch (error) {
      if (this.#session === session) this.#session = undefined;
      this.#detach(session);
      throw new AvatarError(
        'provider_failed',
        `Agora does not let this page join: ${reason(error)}`,
        {
          cause: error,
        },
      );
    }
    listener.onConnectionState('connected');
  }

  async disconnect(): Promise<void> {
    const session = this.#session;
    if (session === undefined) return;
    this.#session = undefined;
    this.#detach(session);
    session.microphone?.close();
    if (session.joined) await session.client.leave();
    session.listener.onConnectionState('disconnected');
  }

  unlockAudio(): Promise<void> {
    for (const user of this.#session?.client.remoteUsers ?? []) user.audioTrack?.play();
    this.#session?.listener.onAudioAllowed(true);
    return Promise.resolve();
  }

  playhead(nowMs: number, target: Playhead): boolean {
    return this.#session?.playback.playhead(nowMs, target) ?? false;
  }

  sendMessage(): void {
    throw new AvatarError(
      'unsupported',
      'The web client of Agora cannot send messages into a channel; use your own backend.',
    );
  }

  async publishAudio(track: MediaStreamTrack): Promise<void> {
    const session = this.#session;
    if (session === undefined)
      throw new AvatarError('not_connected', 'Connect before you publish.');
    await this.unpublishAudio();
    const sdk = await this.#loadSdk();
    session.microphone = sdk.createCustomAudioTrack({ mediaStreamTrack: track });
    try {
      await session.client.setClientRole('host');
      await session.client.publish(session.microphone);
    } catch (error) {
      session.microphone = undefined;
      throw new AvatarError(
        'provider_failed',
        `Agora does not let this page publish: ${reason(error)}`,
        {
          cause: error,
        },
      );
    }
  }

  async unpublishAudio(): Promise<void> {
    const session = this.#session;
    const microphone = session?.microphone;
    if (session === undefined || microphone === undefined) return;
    session.microphone = undefined;
    await session.client.unpublish(microphone);
    await session.client.setClientRole('audience');
  }

  setVolume(volume: number): void {
    this.#volume = Math.max(0, Math.min(1, volume));
    for (const user of this.#session?.client.remoteUsers ?? [])
      this.#adjust(user.audioTrack, false);
  }

  getVolume(): number {
    return this.#volume;
  }

  getStats(): ProviderStats {
    const session = this.#session;
    const avatar = session?.client.remoteUsers.find(({ uid }) => uid === session.avatar);
    return {
      bufferMs: session?.playback.delayMs ?? 0,
      audioLevel: avatar?.audioTrack?.getVolumeLevel() ?? 0,
      underruns: 0,
      caughtUpMs: 0,
    };
  }

  /** Agora's client. */
  getNativeClient(): IAgoraRTCClient | null {
    return this.#session?.client ?? null;
  }

  async #loadSdk(): Promise<IAgoraRTC> {
    if (this.#sdk === undefined) {
      try {
        this.#sdk = (await import('agora-rtc-sdk-ng')).default;
      } catch (error) {
        throw new AvatarError('unsupported', 'Install agora-rtc-sdk-ng to use AgoraProvider.', {
          cause: error,
        });
      }
    }
    return this.#sdk;
  }

  async #makeClient(): Promise<IAgoraRTCClient> {
    if (this.#options.client !== undefined) return this.#options.client;
    const sdk = await this.#loadSdk();
    // Not in the SDK's types, but its own warning asks for it: before the client is made.
    (sdk as unknown as { setParameter(name: string, value: unknown): void }).setParameter(
      'ENABLE_VIDEO_SEI',
      true,
    );
    return sdk.createClient({ mode: 'live', codec: 'h264', role: 'audience' });
  }

  #attach(client: IAgoraRTCClient, listener: ProviderListener): Session {
    const playback = new RtcPlayback(listener, (muted) => {
      const avatar = client.remoteUsers.find(({ uid }) => uid === session.avatar);
      this.#adjust(avatar?.audioTrack, muted);
    });
    const handlers = [
      [
        'user-published',
        (user: IAgoraRTCRemoteUser, kind: 'audio' | 'video') =>
          void this.#subscribe(session, user, kind),
      ],
      [
        'stream-message',
        (_uid: UID, payload: Uint8Array) => {
          this.#receiveControl(session, payload);
        },
      ],
      [
        'connection-state-change',
        (state: string) => {
          if (state === 'RECONNECTING') listener.onConnectionState('reconnecting');
          if (state === 'CONNECTED' && session.joined) listener.onConnectionState('connected');
        },
      ],
      ['token-privilege-will-expire', () => void this.#renewToken(session)],
      [
        'token-privilege-did-expire',
        () => {
          const text = 'The Agora token has expired: connect again with a new one.';
          listener.onConnectionState('failed', new AvatarError('token_expired', text));
        },
      ],
    ] as const;
    const session: Session = {
      client,
      listener,
      playback,
      turn: new SeiTurn(),
      handlers,
      delayTimer: setInterval(() => {
        this.#measureDelay(session);
      }, DELAY_EVERY_MS),
      joined: false,
      avatar: undefined,
      microphone: undefined,
      reading: Promise.resolve(),
      epoch: 0,
    };
    for (const [name, handler] of handlers)
      client.on(name, handler as (...args: unknown[]) => void);
    return session;
  }

  #detach(session: Session): void {
    clearInterval(session.delayTimer);
    session.playback.dispose();
    for (const [name, handler] of session.handlers) session.client.off(name, handler);
  }

  async #subscribe(
    session: Session,
    user: IAgoraRTCRemoteUser,
    kind: 'audio' | 'video',
  ): Promise<void> {
    try {
      const track = await session.client.subscribe(user, kind);
      if (kind === 'video') this.#readVideo(session, user.uid, track as IRemoteVideoTrack);
      else {
        const audio = track as IRemoteAudioTrack;
        this.#adjust(audio, false);
        audio.play();
      }
    } catch (error) {
      const text = `Agora does not give this page the ${kind} of member ${String(user.uid)}: ${reason(error)}`;
      session.listener.onError(new AvatarError('provider_failed', text, { cause: error }));
    }
  }

  #readVideo(session: Session, uid: UID, track: IRemoteVideoTrack): void {
    track.on('sei-received', (body: Uint8Array) => {
      const nowMs = performance.now();
      session.avatar = uid;
      // Inflating takes its time: one after the other, so that packets stay in order.
      session.reading = session.reading.then(() => this.#receiveSei(session, body, nowMs));
    });
  }

  async #receiveSei(session: Session, body: Uint8Array, nowMs: number): Promise<void> {
    const packet = await readSeiBody(body);
    if (this.#session !== session) return;
    const motion = packet === undefined ? 'malformed' : session.turn.receive(packet);
    if (motion === undefined) return;
    if (typeof motion === 'string') session.listener.onDrop(motion, 1);
    else session.playback.receive(motion.turn, motion.frames, motion.end, nowMs);
  }

  #receiveControl(session: Session, payload: Uint8Array): void {
    const message = parseControl(new TextDecoder().decode(payload));
    if (message?.type === 'turn') {
      const { turn, epoch, firstFrameMs } = message;
      session.listener.onTurn({
        turn,
        epoch,
        ...(firstFrameMs === undefined ? {} : { firstFrameMs }),
      });
    }
    if (message?.type === 'message') session.listener.onMessage(message);
    if (message?.type !== 'clear' || message.epoch <= session.epoch) return;
    session.epoch = message.epoch;
    session.turn.interrupt();
    session.playback.clear(message.epoch);
  }

  async #renewToken(session: Session): Promise<void> {
    if (this.#options.renewToken === undefined) return;
    try {
      await session.client.renewToken(await this.#options.renewToken());
    } catch (error) {
      const text = `The Agora token could not be renewed: ${reason(error)}`;
      session.listener.onError(new AvatarError('token_expired', text, { cause: error }));
    }
  }

  #measureDelay(session: Session): void {
    if (session.avatar === undefined) return;
    const stats = session.client.getRemoteAudioStats()[String(session.avatar)];
    if (stats !== undefined && stats.receiveDelay > 0) {
      session.playback.delayMs = stats.receiveDelay + OUTPUT_MS;
    }
  }

  #adjust(track: IRemoteAudioTrack | undefined, muted: boolean): void {
    track?.setVolume(muted ? 0 : Math.round(this.#volume * 100));
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
