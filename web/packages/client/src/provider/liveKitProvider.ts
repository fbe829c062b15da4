import type * as livekit from 'livekit-client';
import type {
  LocalTrackPublication,
  RemoteAudioTrack,
  RemoteDataTrack,
  RemoteTrack,
  Room,
  RoomEvent,
} from 'livekit-client';
import { parseControl } from '../channel/control.ts';
import { PublisherTracker } from '../channel/publisherTracker.ts';
import { AvatarError } from '../player/avatarError.ts';
import type { Playhead } from '../playout/timeline.ts';
import { decodeChannelPacket } from '../protocol/packet.ts';
import type { AvatarProvider, ConnectConfig, ProviderListener, ProviderStats } from './provider.ts';
import { RtcPlayback } from './rtcPlayback.ts';

type LiveKit = typeof livekit;

/** Settings of a `LiveKitProvider`. */
export interface LiveKitProviderOptions {
  /** A room that the page already has; hand it in before it connects. */
  readonly room?: Room;
}

interface Session {
  readonly room: Room;
  readonly listener: ProviderListener;
  readonly playback: RtcPlayback;
  readonly tracker: PublisherTracker;
  readonly handlers: readonly (readonly [string, (...args: never[]) => void])[];
  readonly delayTimer: ReturnType<typeof setInterval>;
  /** Whether we connected, or are about to, and so have to disconnect. */
  joined: boolean;
  voice: RemoteAudioTrack | undefined;
  microphone: LocalTrackPublication | undefined;
  jitterS: { total: number; count: number };
}

const MOTION = 'motion';
const CONTROL = 'control';
const DELAY_EVERY_MS = 500;
const OUTPUT_MS = 20; // from the jitter buffer to the ear

/** Receives from a LiveKit room: sound from its audio track, motion from a data track or data packets. */
export class LiveKitProvider implements AvatarProvider {
  readonly name = 'livekit';
  readonly #options: LiveKitProviderOptions;
  #session: Session | undefined;
  #volume = 1;

  constructor(options: LiveKitProviderOptions = {}) {
    this.#options = options;
  }

  async connect(config: ConnectConfig, listener: ProviderListener): Promise<void> {
    await this.disconnect();
    const { url, token } = config;
    if (!url || !token) throw new AvatarError('config_invalid', 'connect() needs url and token.');
    listener.onConnectionState('connecting');
    const sdk = await loadSdk();
    const room = this.#options.room ?? new sdk.Room();
    const session = this.#attach(room, listener);
    this.#session = session;
    try {
      if (room.state === sdk.ConnectionState.Disconnected) {
        session.joined = true;
        await room.connect(url, token);
      }
    } catch (error) {
      if (this.#session === session) this.#session = undefined;
      this.#detach(session);
      throw new AvatarError(
        'provider_failed',
        `LiveKit does not let this page join: ${reason(error)}`,
        {
          cause: error,
        },
      );
    }
    listener.onConnectionState('connected');
    listener.onAudioAllowed(room.canPlaybackAudio);
  }

  async disconnect(): Promise<void> {
    const session = this.#session;
    if (session === undefined) return;
    this.#session = undefined;
    this.#detach(session);
    session.voice?.detach().forEach((element) => {
      element.remove();
    });
    if (session.joined) await session.room.disconnect();
    session.listener.onConnectionState('disconnected');
  }

  async unlockAudio(): Promise<void> {
    await this.#session?.room.startAudio();
  }

  playhead(nowMs: number, target: Playhead): boolean {
    return this.#session?.playback.playhead(nowMs, target) ?? false;
  }

  sendMessage(topic: string, data: unknown, to?: number | string): void {
    const session = this.#session;
    if (session === undefined)
      throw new AvatarError('not_connected', 'Connect before you send a message.');
    const payload = new TextEncoder().encode(JSON.stringify(data));
    const destination = to === undefined ? {} : { destinationIdentities: [String(to)] };
    session.room.localParticipant
      .publishData(payload, { reliable: true, topic, ...destination })
      .catch((error: unknown) => {
        const text = `The message could not be sent: ${reason(error)}`;
        session.listener.onError(new AvatarError('provider_failed', text, { cause: error }));
      });
  }

  async publishAudio(track: MediaStreamTrack): Promise<void> {
    const session = this.#session;
    if (session === undefined)
      throw new AvatarError('not_connected', 'Connect before you publish.');
    await this.unpublishAudio();
    const { Track } = await loadSdk();
    try {
      session.microphone = await session.room.localParticipant.publishTrack(track, {
        source: Track.Source.Microphone,
      });
    } catch (error) {
      throw new AvatarError(
        'provider_failed',
        `LiveKit does not let this page publish: ${reason(error)}`,
        {
          cause: error,
        },
      );
    }
  }

  async unpublishAudio(): Promise<void> {
    const track = this.#session?.microphone?.track;
    if (this.#session === undefined || track === undefined) return;
    this.#session.microphone = undefined;
    await this.#session.room.localParticipant.unpublishTrack(track, false); // the page's track goes on
  }

  setVolume(volume: number): void {
    this.#volume = Math.max(0, Math.min(1, volume));
    this.#session?.voice?.setVolume(this.#volume);
  }

  getVolume(): number {
    return this.#volume;
  }

  getStats(): ProviderStats {
    return {
      bufferMs: this.#session?.playback.delayMs ?? 0,
      audioLevel: 0,
      underruns: 0,
      caughtUpMs: 0,
    };
  }

  /** LiveKit's room. */
  getNativeClient(): Room | null {
    return this.#session?.room ?? null;
  }

  #attach(room: Room, listener: ProviderListener): Session {
    const handlers = [
      [
        'trackSubscribed',
        (track: RemoteTrack) => {
          this.#hear(session, track);
        },
      ],
      [
        'dataTrackPublished',
        (track: RemoteDataTrack) => {
          if (track.info.name === MOTION) void this.#readTrack(session, track);
        },
      ],
      [
        'dataReceived',
        (
          payload: Uint8Array,
          participant: { identity: string } | undefined,
          _kind: unknown,
          topic?: string,
        ) => {
          this.#receiveData(session, payload, participant?.identity ?? '', topic);
        },
      ],
      [
        'reconnecting',
        () => {
          listener.onConnectionState('reconnecting');
        },
      ],
      [
        'reconnected',
        () => {
          listener.onConnectionState('connected');
        },
      ],
      [
        'disconnected',
        () => {
          if (this.#session !== session || !session.joined) return;
          const text = 'LiveKit has ended the connection to the room.';
          listener.onConnectionState('failed', new AvatarError('server_gone', text));
        },
      ],
      [
        'audioPlaybackChanged',
        () => {
          listener.onAudioAllowed(room.canPlaybackAudio);
        },
      ],
    ] as const;
    const session: Session = {
      room,
      listener,
      playback: new RtcPlayback(listener, (muted) =>
        session.voice?.setVolume(muted ? 0 : this.#volume),
      ),
      tracker: new PublisherTracker(),
      handlers,
      delayTimer: setInterval(() => void this.#measureDelay(session), DELAY_EVERY_MS),
      joined: false,
      voice: undefined,
      microphone: undefined,
      jitterS: { total: 0, count: 0 },
    };
    for (const [name, handler] of handlers)
      room.on(name as RoomEvent.Connected, handler as () => void);
    return session;
  }

  #detach(session: Session): void {
    clearInterval(session.delayTimer);
    session.playback.dispose();
    for (const [name, handler] of session.handlers) {
      session.room.off(name as RoomEvent.Connected, handler as () => void);
    }
  }

  #hear(session: Session, track: RemoteTrack): void {
    if (track.kind !== 'audio') return;
    session.voice = track as RemoteAudioTrack;
    session.voice.setVolume(this.#volume);
    session.voice.attach();
  }

  async #readTrack(session: Session, track: RemoteDataTrack): Promise<void> {
    try {
      const reader = track.subscribe().getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done || this.#session !== session) return;
        this.#receiveMotion(session, value.payload);
      }
    } catch (error) {
      const text = `LiveKit does not give this page the motion: ${reason(error)}`;
      session.listener.onError(new AvatarError('provider_failed', text, { cause: error }));
    }
  }

  #receiveData(
    session: Session,
    payload: Uint8Array,
    from: string,
    topic: string | undefined,
  ): void {
    if (topic === MOTION) {
      this.#receiveMotion(session, payload);
      return;
    }
    const text = new TextDecoder().decode(payload);
    if (topic === CONTROL) this.#receiveControl(session, text);
    else session.listener.onMessage({ from, topic: topic ?? '', data: parseJson(text) });
  }

  #receiveMotion(session: Session, payload: Uint8Array): void {
    const packet = decodeChannelPacket(payload);
    if (packet === undefined) {
      session.listener.onDrop('malformed', 1);
      return;
    }
    const verdict = session.tracker.receivePacket(packet);
    if (typeof verdict === 'string') {
      session.listener.onDrop(verdict, 1);
      return;
    }
    if (verdict.missing > 0) session.listener.onDrop('lost', verdict.missing);
    if (verdict.clear) session.playback.clear(packet.epoch);
    session.playback.receive(verdict.turn, packet.frames, packet.end, performance.now());
  }

  #receiveControl(session: Session, text: string): void {
    // The room has one avatar: its messages carry no uid, and neither do its packets.
    const message = parseControl(text, 0);
    if (message?.type === 'turn') {
      const { turn, epoch, firstFrameMs } = message;
      session.listener.onTurn({
        turn,
        epoch,
        ...(firstFrameMs === undefined ? {} : { firstFrameMs }),
      });
    }
    if (message?.type === 'clear' && session.tracker.receiveControl(message)) {
      session.playback.clear(message.epoch);
    }
  }

  async #measureDelay(session: Session): Promise<void> {
    const report = await session.voice?.receiver?.getStats();
    report?.forEach(
      (entry: { type: string; jitterBufferDelay?: number; jitterBufferEmittedCount?: number }) => {
        if (entry.type !== 'inbound-rtp') return;
        const total = entry.jitterBufferDelay ?? 0;
        const count = entry.jitterBufferEmittedCount ?? 0;
        const emitted = count - session.jitterS.count;
        if (emitted > 0) {
          session.playback.delayMs = (1000 * (total - session.jitterS.total)) / emitted + OUTPUT_MS;
        }
        session.jitterS = { total, count };
      },
    );
  }
}

async function loadSdk(): Promise<LiveKit> {
  try {
    return await import('livekit-client');
  } catch (error) {
    throw new AvatarError('unsupported', 'Install livekit-client to use LiveKitProvider.', {
      cause: error,
    });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
