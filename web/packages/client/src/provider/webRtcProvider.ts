import { RtcOutput } from '../audio/rtcOutput.ts';
import { parseControl, type ControlMessage } from '../channel/control.ts';
import { PublisherTracker } from '../channel/publisherTracker.ts';
import { AvatarError, type AvatarErrorCode } from '../player/avatarError.ts';
import { RtpClock } from '../playout/rtpClock.ts';
import { Timeline, type Playhead } from '../playout/timeline.ts';
import { decodeChannelPacket, type ChannelPacket } from '../protocol/packet.ts';
import { Backoff } from './backoff.ts';
import { deferred } from './deferred.ts';
import type { AvatarProvider, ConnectConfig, ProviderListener, ProviderStats } from './provider.ts';
import { RtcPeer } from './rtcPeer.ts';
import { whepTarget, type WhepTarget } from './whep.ts';

/** Answers of the server after which trying again cannot help. */
const FATAL: ReadonlySet<string> = new Set([
  'bad_request',
  'app_unknown',
  'token_invalid',
  'token_expired',
  'unsupported',
]);
const RTP_HZ = 48_000;
const PACKET_RTP = 960;
/** Delay of the Opus decoder, and of the way from the jitter buffer into the audio graph. */
const DECODER_MS = 6.5;
const GRAPH_MS = 21;
const JOIN_TIMEOUT_MS = 10_000;
const WATCH_MS = 10;
const STATS_TICKS = 25;
/** Lost packets are concealed by stretching what was heard last: the mute outlasts that. */
const MUTE_RTP = RTP_HZ / 2;
const MAX_MUTE_MS = 1000;
/** Sound that goes on this long after the newest motion is not speech any more. */
const MOTION_GONE_RTP = RTP_HZ / 2;
const GIVE_UP_AFTER = 20;

interface Session {
  readonly target: WhepTarget;
  readonly listener: ProviderListener;
  readonly output: RtcOutput;
  readonly tracker: PublisherTracker;
  readonly timeline: Timeline;
  readonly backoff: Backoff;
  readonly settle: { resolve: () => void; reject: (error: AvatarError) => void };
  clock: RtpClock;
  peer: RtcPeer | undefined;
  watch: ReturnType<typeof setInterval> | undefined;
  timer: ReturnType<typeof setTimeout> | undefined;
  joined: boolean;
  everJoined: boolean;
  attempts: number;
  generation: number;
  /** Turn, RTP time and media time of the newest motion. */
  newest: { turn: number; rtp: number; ptsUs: number } | undefined;
  /** RTP time from which the sound may be heard again. */
  mutedUntil: { rtp: number; readonly sinceMs: number } | undefined;
  playing: boolean;
  bufferMs: number;
  concealments: number;
  ticks: number;
}

/** Receives from the channel that Avamotion hosts over WebRTC: for lossy networks, and without audio worklets. */
export class WebRtcProvider implements AvatarProvider {
  readonly name = 'webrtc';
  readonly #probe: Playhead = { turn: 0, ptsUs: 0 };
  #session: Session | undefined;
  #volume = 1;

  /** Whether this browser can play the hosted channel over WebRTC. */
  static get supported(): boolean {
    return (
      typeof RTCPeerConnection !== 'undefined' &&
      'getSynchronizationSources' in RTCRtpReceiver.prototype
    );
  }

  /** The audio graph while connected: put a meter or an effect behind `audioNode`. */
  get audioNode(): AudioNode | undefined {
    return this.#session?.output.node;
  }

  async connect(config: ConnectConfig, listener: ProviderListener): Promise<void> {
    await this.disconnect();
    const target = whepTarget(config);
    if (!WebRtcProvider.supported) {
      throw new AvatarError('unsupported', 'This browser has no WebRTC that tells what it plays.');
    }
    listener.onConnectionState('connecting');
    const { promise, settle } = deferred();
    const session: Session = {
      target,
      listener,
      output: new RtcOutput({
        onAllowed: (allowed) => {
          listener.onAudioAllowed(allowed);
        },
      }),
      tracker: new PublisherTracker(),
      timeline: new Timeline(RTP_HZ),
      backoff: new Backoff(Math.random),
      settle,
      clock: new RtpClock(),
      peer: undefined,
      watch: undefined,
      timer: undefined,
      joined: false,
      everJoined: false,
      attempts: 0,
      generation: 0,
      newest: undefined,
      mutedUntil: undefined,
      playing: false,
      bufferMs: 0,
      concealments: 0,
      ticks: 0,
    };
    this.#session = session;
    session.output.volume = this.#volume;
    listener.onAudioAllowed(session.output.allowed);
    session.watch = setInterval(() => {
      this.#tick(session);
    }, WATCH_MS);
    this.#attempt(session);
    await promise;
  }

  async disconnect(): Promise<void> {
    const session = this.#session;
    if (session === undefined) return;
    this.#session = undefined;
    session.settle.reject(new AvatarError('not_connected', 'The connection was closed.'));
    session.listener.onConnectionState('disconnected');
    await close(session);
  }

  async unlockAudio(): Promise<void> {
    await this.#session?.output.unlock();
  }

  playhead(nowMs: number, target: Playhead): boolean {
    const session = this.#session;
    if (session?.output.allowed !== true || session.mutedUntil !== undefined) return false;
    const rtp = audibleRtp(session, nowMs);
    return rtp !== undefined && session.timeline.locate(rtp, target);
  }

  sendMessage(topic: string, data: unknown, to?: number | string): void {
    const session = this.#session;
    if (session?.joined !== true) {
      throw new AvatarError('not_connected', 'Connect before you send a message.');
    }
    const message = { type: 'message', topic, data, ...(to === undefined ? {} : { to }) };
    session.peer?.send(JSON.stringify(message));
  }

  async publishAudio(track: MediaStreamTrack): Promise<void> {
    const peer = this.#session?.peer;
    if (peer === undefined) {
      throw new AvatarError('not_connected', 'Connect before you publish sound.');
    }
    await peer.publish(track);
  }

  async unpublishAudio(): Promise<void> {
    await this.#session?.peer?.publish(null);
  }

  setVolume(volume: number): void {
    this.#volume = volume;
    if (this.#session !== undefined) this.#session.output.volume = volume;
  }

  getVolume(): number {
    return this.#volume;
  }

  getStats(): ProviderStats {
    return {
      bufferMs: this.#session?.bufferMs ?? 0,
      audioLevel: this.#session?.output.rms ?? 0,
      underruns: this.#session?.concealments ?? 0,
      caughtUpMs: 0,
    };
  }

  /** The peer connection while connected. */
  getNativeClient(): RTCPeerConnection | null {
    return this.#session?.peer?.connection ?? null;
  }

  #attempt(session: Session): void {
    session.attempts++;
    session.timer = setTimeout(() => {
      this.#lost(session, new AvatarError('server_gone', 'The server did not let us in in time.'));
    }, JOIN_TIMEOUT_MS);
    this.#open(session).catch((error: unknown) => {
      this.#lost(
        session,
        error instanceof AvatarError
          ? error
          : new AvatarError('server_gone', 'No connection came about.', { cause: error }),
      );
    });
  }

  async #open(session: Session): Promise<void> {
    session.clock = new RtpClock();
    session.newest = undefined;
    session.timeline.clear();
    const generation = ++session.generation;
    const current = (): boolean => this.#session === session && session.generation === generation;
    const peer = await RtcPeer.open(session.target, {
      onTrack: (track) => {
        if (current()) session.output.play(track);
      },
      onText: (text) => {
        if (current()) this.#receiveText(session, text);
      },
      onMotion: (data) => {
        if (current()) this.#receiveMotion(session, new DataView(data));
      },
      onLost: () => {
        if (current())
          this.#lost(session, new AvatarError('server_gone', 'The connection was lost.'));
      },
    });
    if (current()) session.peer = peer;
    else peer.close();
  }

  #receiveText(session: Session, text: string): void {
    const message = parseControl(text);
    if (message === undefined) {
      session.listener.onDrop('malformed', 1);
      return;
    }
    if (session.tracker.receiveControl(message)) this.#clear(session, clearedRtp(text));
    this.#receiveControl(session, message);
  }

  #receiveControl(session: Session, message: ControlMessage): void {
    const { listener } = session;
    switch (message.type) {
      case 'joined':
        clearTimeout(session.timer);
        session.joined = true;
        session.everJoined = true;
        session.attempts = 0;
        session.backoff.reset();
        session.settle.resolve();
        listener.onConnectionState('connected');
        break;
      case 'error':
        listener.onError(new AvatarError(message.code as AvatarErrorCode, message.message));
        break;
      case 'turn':
        listener.onTurn({
          turn: message.turn,
          epoch: message.epoch,
          ...(message.firstFrameMs === undefined ? {} : { firstFrameMs: message.firstFrameMs }),
        });
        break;
      case 'message':
        listener.onMessage(message);
        break;
      case 'clear':
      case 'member_joined':
      case 'member_left':
      case 'pong':
        break;
    }
  }

  #receiveMotion(session: Session, data: DataView<ArrayBuffer>): void {
    const { listener, tracker } = session;
    const packet =
      data.byteLength < 4 ? undefined : decodeChannelPacket(new Uint8Array(data.buffer, 4));
    if (packet === undefined) {
      listener.onDrop('malformed', 1);
      return;
    }
    const verdict = tracker.receivePacket(packet);
    if (typeof verdict === 'string') {
      listener.onDrop(verdict, 1);
      return;
    }
    if (verdict.missing > 0) listener.onDrop('lost', verdict.missing);
    const rtp = session.clock.unwrap(data.getUint32(0, true));
    if (verdict.clear) this.#clear(session, rtp);
    this.#place(session, verdict.turn, rtp, packet);
    listener.onMotion(verdict.turn, packet.frames, packet.end);
  }

  /** Tell the timeline where the packet's sound lies. */
  #place(session: Session, turn: number, rtp: number, { ptsUs, end }: ChannelPacket): void {
    const { newest, timeline } = session;
    const expected =
      newest?.turn === turn ? newest.rtp + ((ptsUs - newest.ptsUs) * RTP_HZ) / 1e6 : undefined;
    // Of the new epoch everything is heard, from one packet before it begins.
    const { mutedUntil } = session;
    if (mutedUntil !== undefined) mutedUntil.rtp = Math.min(mutedUntil.rtp, rtp - PACKET_RTP);
    if (expected === undefined || Math.abs(expected - rtp) > 1)
      timeline.add(rtp, turn, ptsUs, true);
    session.newest = { turn, rtp, ptsUs };
    if (end) this.#finish(session, rtp + PACKET_RTP);
  }

  #finish(session: Session, rtp: number): void {
    session.timeline.add(rtp, session.newest?.turn ?? 0, 0, false);
    session.newest = undefined;
  }

  /** Silence what is on its way until the sound is of the new epoch. */
  #clear(session: Session, rtp: number | undefined): void {
    session.output.muted = true;
    session.mutedUntil = {
      rtp: rtp === undefined ? Infinity : session.clock.unwrap(rtp) + MUTE_RTP,
      sinceMs: performance.now(),
    };
    session.timeline.clear();
    session.newest = undefined;
    session.listener.onClear(session.tracker.epoch);
    this.#setPlaying(session, false, 0);
  }

  #tick(session: Session): void {
    const nowMs = performance.now();
    const rtp = audibleRtp(session, nowMs);
    const { mutedUntil, newest } = session;
    if (mutedUntil !== undefined) {
      // The graph holds what the ear has not heard yet: what enters it counts.
      const entering = session.clock.at(nowMs - DECODER_MS - GRAPH_MS) ?? -Infinity;
      if (entering >= mutedUntil.rtp || nowMs - mutedUntil.sinceMs > MAX_MUTE_MS) {
        session.mutedUntil = undefined;
        session.output.muted = false;
      }
    }
    if (rtp !== undefined && newest !== undefined && rtp - newest.rtp > MOTION_GONE_RTP) {
      this.#finish(session, rtp);
    }
    const playing = this.playhead(nowMs, this.#probe);
    this.#setPlaying(session, playing, this.#probe.turn);
    if (++session.ticks % STATS_TICKS === 0) void readStats(session);
  }

  #setPlaying(session: Session, playing: boolean, turn: number): void {
    if (session.playing === playing) return;
    session.playing = playing;
    session.listener.onPlaying(playing, turn);
  }

  /** The connection is gone: try again, unless that cannot help. */
  #lost(session: Session, error: AvatarError): void {
    if (this.#session !== session) return;
    clearTimeout(session.timer);
    session.joined = false;
    session.peer?.close();
    session.peer = undefined;
    if (FATAL.has(error.code) || !session.everJoined || session.attempts >= GIVE_UP_AFTER) {
      this.#session = undefined;
      session.settle.reject(error);
      session.listener.onConnectionState('failed', error);
      void close(session);
      return;
    }
    session.listener.onConnectionState('reconnecting', error);
    session.timer = setTimeout(() => {
      this.#attempt(session);
    }, session.backoff.nextMs());
  }
}

/** The RTP time, unwrapped, that is audible now. */
function audibleRtp(session: Session, nowMs: number): number | undefined {
  session.peer?.read(session.clock);
  return session.clock.at(nowMs - session.output.latencyMs - DECODER_MS - GRAPH_MS);
}

async function readStats(session: Session): Promise<void> {
  const stats = await session.peer?.stats();
  if (stats === undefined) return;
  session.bufferMs = stats.bufferMs;
  session.concealments = stats.concealments;
}

async function close(session: Session): Promise<void> {
  clearInterval(session.watch);
  clearTimeout(session.timer);
  session.peer?.close();
  session.peer = undefined;
  await session.output.dispose();
}

/** The RTP time from which an interrupt has left nothing in the sound. */
function clearedRtp(text: string): number | undefined {
  const { rtp } = JSON.parse(text) as { rtp?: unknown };
  return typeof rtp === 'number' ? rtp : undefined;
}
