import { BLEND_SHAPES } from '../media/blendShape.ts';
import type { MotionFrame } from '../media/motionFrame.ts';
import { Pose } from '../media/pose.ts';
import { FrameBuffer } from '../playout/frameBuffer.ts';
import { Performer } from '../playout/performer.ts';
import type { Playhead } from '../playout/timeline.ts';
import type { AvatarProvider, ConnectConfig } from '../provider/provider.ts';
import { AvatarError } from './avatarError.ts';
import type { AvatarPlayerEvents } from './avatarPlayerEvents.ts';
import type { AvatarPlayerStats } from './avatarPlayerStats.ts';
import { Emitter } from './emitter.ts';
import type { FaceView } from './faceView.ts';
import { Logger } from './logger.ts';
import { PageLife } from './pageLife.ts';
import { Publisher } from './publisher.ts';
import { SessionRecord, type SessionSummary } from './sessionRecord.ts';
import { SkewMeter } from './skewMeter.ts';
import type { ConnectionState, ConversationState, LogLevel } from './state.ts';

/** How an `AvatarPlayer` plays. */
export interface AvatarPlayerOptions {
  readonly logLevel?: LogLevel;
  /** Gather sound before playing; without it playing starts with the first packet. */
  readonly enableJitterBuffer?: boolean;
  /** Sound held longer than this is caught up with. */
  readonly maxBufferDelayMs?: number;
  /** Length of the transition into speech, in frames of 40 ms. */
  readonly transitionStartFrameCount?: number;
  /** Length of the transition out of speech, in frames of 40 ms. */
  readonly transitionEndFrameCount?: number;
}

const FRAME_MS = 40; // unit of the transition options
const TARGET_MS = 40;
const STALL_MS = 3000;
const HOLD_S = 0.25;
const INTERRUPT_S = 0.2;
const WATCH_MS = 250;
const STATS_TICKS = 4;
const CAPACITY_FRAMES = 1024;

/** Plays an avatar that speaks in a channel: sound to the loudspeaker, motion to a view, in sync. */
export class AvatarPlayer {
  readonly #provider: AvatarProvider;
  readonly #view: FaceView;
  readonly #logger: Logger;
  readonly #events: Emitter<AvatarPlayerEvents> = new Emitter();
  readonly #frames: FrameBuffer = new FrameBuffer(CAPACITY_FRAMES);
  readonly #performer: Performer;
  readonly #buffering: { readonly targetS: number; readonly maxDelayS: number };
  readonly #publisher: Publisher;
  readonly #page: PageLife = new PageLife(
    () => void this.#leave(),
    () => void this.#returnToPage(),
  );
  #skew: SkewMeter = new SkewMeter();
  #record: SessionRecord = new SessionRecord();
  readonly #heard: Playhead = { turn: 0, ptsUs: 0 };
  readonly #drawn: Playhead = { turn: 0, ptsUs: 0 };
  readonly #shown: Pose = new Pose();
  #covered = false;
  #config: ConnectConfig | undefined;
  #connectionState: ConnectionState = 'disconnected';
  #conversationState: ConversationState = 'idle';
  #audioAllowed = true;
  #speechOpen = false;
  #stalled = false;
  #lastMotionMs = 0;
  #watch: ReturnType<typeof setInterval> | undefined;
  #turn = { turn: 0, epoch: 0, firstFrameMs: undefined as number | undefined };
  #ticks = 0;
  #call = 0;

  constructor(provider: AvatarProvider, view: FaceView, options: AvatarPlayerOptions = {}) {
    this.#provider = provider;
    this.#view = view;
    this.#publisher = new Publisher(provider, (error) => {
      this.#reportError(error);
    });
    this.#logger = new Logger(options.logLevel ?? 'warning');
    this.#performer = new Performer(this.#frames, {
      startS: ((options.transitionStartFrameCount ?? 5) * FRAME_MS) / 1000,
      endS: ((options.transitionEndFrameCount ?? 20) * FRAME_MS) / 1000,
      interruptS: INTERRUPT_S,
      holdS: HOLD_S,
    });
    this.#buffering = {
      targetS: options.enableJitterBuffer === false ? 0 : TARGET_MS / 1000,
      maxDelayS: (options.maxBufferDelayMs ?? 2 * TARGET_MS) / 1000,
    };
  }

  /** Whether the player is a member of its channel now. */
  get isConnected(): boolean {
    return this.#connectionState === 'connected';
  }

  getConnectionState(): ConnectionState {
    return this.#connectionState;
  }

  /** The vendor's client, or null. */
  getNativeClient(): unknown {
    return this.#provider.getNativeClient();
  }

  on<Name extends keyof AvatarPlayerEvents>(
    name: Name,
    handler: (payload: AvatarPlayerEvents[Name]) => void,
  ): void {
    this.#events.on(name, handler);
  }

  off<Name extends keyof AvatarPlayerEvents>(
    name: Name,
    handler: (payload: AvatarPlayerEvents[Name]) => void,
  ): void {
    this.#events.off(name, handler);
  }

  /**
   * Join a channel and play what is said there.
   *
   * @throws AvatarError saying what is wrong and what to do
   */
  async connect(config: ConnectConfig): Promise<void> {
    const call = ++this.#call;
    this.#config = config;
    this.#reset();
    this.#view.setPoseSource({
      sample: (nowMs, pose) => {
        this.#sample(nowMs, pose);
      },
      drawn: (nowMs) => {
        this.#measure(nowMs);
      },
    });
    this.#page.watch();
    this.#watch = setInterval(() => {
      this.#check();
    }, WATCH_MS);
    try {
      await this.#provider.connect(config, this.#listener(), this.#buffering);
    } catch (error) {
      if (call !== this.#call) throw error; // a later call owns everything by now
      this.#page.forget();
      this.#release();
      // Unless the page itself gave up.
      if (this.#connectionState !== 'disconnected') this.#setConnectionState('failed');
      throw error;
    }
  }

  /** Leave and join again with the last configuration. */
  async reconnect(): Promise<void> {
    if (this.#config === undefined) {
      throw new AvatarError('not_connected', 'Call connect() once before reconnect().');
    }
    const config = this.#config;
    await this.disconnect();
    await this.connect(config);
  }

  async disconnect(): Promise<void> {
    this.#page.forget();
    await this.#leave();
  }

  /** Leave and forget all handlers. */
  async dispose(): Promise<void> {
    await this.disconnect();
    this.#events.clear();
  }

  /** Let sound out; call it in a user gesture when `audio-blocked` was emitted. */
  async unlockAudio(): Promise<void> {
    await this.#provider.unlockAudio();
  }

  /** Open the microphone and publish it into the channel. */
  async startPublishing(): Promise<void> {
    await this.#publisher.publish();
  }

  /** Take the microphone out of the channel and close it. */
  async stopPublishing(): Promise<void> {
    await this.#publisher.stopMicrophone();
  }

  /** Publish any track into the channel; without one, the microphone. */
  async publishAudio(track?: MediaStreamTrack): Promise<void> {
    await this.#publisher.publish(track);
  }

  /** Take the published track out of the channel; a track of the page's goes on, the microphone is closed. */
  async unpublishAudio(): Promise<void> {
    await this.#publisher.unpublish();
  }

  setVolume(volume: number): void {
    this.#provider.setVolume(volume);
  }

  getVolume(): number {
    return this.#provider.getVolume();
  }

  /** Send a small JSON value to one member of the channel, or to all others. */
  sendMessage(topic: string, data: unknown, to?: number | string): void {
    this.#provider.sendMessage(topic, data, to);
  }

  /** What happened since `connect()`; still there after `disconnect()`. */
  get sessionSummary(): SessionSummary {
    if (this.isConnected) this.#record.noteProvider(this.#provider.getStats());
    return this.#record.summary(performance.now(), this.#skew.read());
  }

  getStats(): AvatarPlayerStats {
    const provider = this.#provider.getStats();
    const weights: Record<string, number> = {};
    BLEND_SHAPES.forEach((name, i) => (weights[name] = this.#shown.weights[i] ?? 0));
    return {
      connectionState: this.#connectionState,
      conversationState: this.#conversationState,
      audioAllowed: this.#audioAllowed,
      skew: this.#skew.read(),
      ...provider,
      framesReceived: this.#record.framesReceived,
      framesRendered: this.#record.framesRendered,
      dropped: this.#record.dropped,
      weights,
      shownMs: this.#covered ? this.#drawn.ptsUs / 1000 : undefined,
      epoch: this.#turn.epoch,
      turn: this.#turn.turn,
      firstFrameMs: this.#turn.firstFrameMs,
    };
  }

  #listener(): Parameters<AvatarProvider['connect']>[1] {
    return {
      onConnectionState: (state, error) => {
        this.#setConnectionState(state, error);
      },
      onAudioAllowed: (allowed) => {
        this.#setAudioAllowed(allowed);
      },
      onTurn: ({ turn, epoch, firstFrameMs }) => {
        this.#turn = { turn, epoch, firstFrameMs };
      },
      onMotion: (turn, frames, end) => {
        this.#receiveMotion(turn, frames, end);
      },
      onClear: (epoch) => {
        this.#clear(epoch);
      },
      onPlaying: (playing) => {
        this.#setPlaying(playing);
      },
      onMessage: (message) => {
        this.#events.emit('message', message);
      },
      onDrop: (reason, count) => {
        this.#record.drop(reason, count);
      },
      onError: (error) => {
        this.#reportError(error);
      },
    };
  }

  async #leave(): Promise<void> {
    this.#record.noteProvider(this.#provider.getStats());
    try {
      await this.stopPublishing();
    } finally {
      await this.#provider.disconnect();
      this.#release();
    }
  }

  #reset(): void {
    this.#release();
    this.#frames.clear();
    this.#record = new SessionRecord();
    this.#skew = new SkewMeter();
    this.#turn = { turn: 0, epoch: 0, firstFrameMs: undefined };
  }

  #release(): void {
    clearInterval(this.#watch);
    this.#watch = undefined;
    this.#view.setPoseSource(undefined);
    this.#speechOpen = false;
    this.#setConversation('idle');
  }

  #sample(nowMs: number, pose: Pose): void {
    const heard = this.#provider.playhead(nowMs, this.#heard) ? this.#heard : undefined;
    this.#covered = this.#performer.perform(nowMs / 1000, heard, pose);
    this.#drawn.turn = this.#heard.turn;
    this.#drawn.ptsUs = this.#heard.ptsUs;
    this.#shown.copy(pose);
  }

  #measure(nowMs: number): void {
    this.#record.framesRendered++;
    if (!this.#covered || !this.#provider.playhead(nowMs, this.#heard)) return;
    if (this.#heard.turn === this.#drawn.turn)
      this.#skew.add(this.#drawn.ptsUs - this.#heard.ptsUs);
  }

  #receiveMotion(turn: number, frames: readonly MotionFrame[], end: boolean): void {
    this.#lastMotionMs = performance.now();
    this.#stalled = false;
    this.#speechOpen = !end;
    this.#record.framesReceived += frames.length;
    this.#record.noteTurn(turn);
    for (const frame of frames) {
      const lost = this.#frames.push(turn, frame);
      if (lost !== undefined) this.#record.drop(`frame_${lost}`, 1);
    }
  }

  #clear(epoch: number): void {
    const speaking = this.#conversationState === 'playing';
    this.#turn = { ...this.#turn, epoch };
    this.#speechOpen = false;
    this.#performer.interrupt(performance.now() / 1000);
    if (speaking) {
      this.#record.interrupts++;
      this.#events.emit('interrupted', undefined);
    }
    this.#setConversation('idle');
  }

  #setPlaying(playing: boolean): void {
    if (playing) this.#setConversation('playing');
    else if (!this.#speechOpen) this.#setConversation('idle');
  }

  #setConversation(state: ConversationState): void {
    if (state === this.#conversationState) return;
    this.#conversationState = state;
    this.#record.noteConversation(state, performance.now());
    if (state === 'playing') this.#events.emit('playing', undefined);
    else if (state === 'idle') this.#events.emit('idle', undefined);
  }

  #setConnectionState(state: ConnectionState, error?: AvatarError): void {
    if (state === this.#connectionState) return;
    this.#connectionState = state;
    this.#record.noteConnection(state, performance.now());
    this.#logger.info(`connection ${state}${error === undefined ? '' : `: ${error.message}`}`);
    this.#events.emit('connection-state-changed', state);
    this.#events.emit('connectionStateChanged', state);
    if (state === 'connected') this.#events.emit('connected', undefined);
    if (state === 'disconnected' || state === 'failed') {
      this.#events.emit('disconnected', { reason: error?.message });
    }
    if (state === 'failed' && error !== undefined) this.#events.emit('error', error);
  }

  #setAudioAllowed(allowed: boolean): void {
    if (allowed === this.#audioAllowed) return;
    this.#audioAllowed = allowed;
    this.#events.emit(allowed ? 'audio-unblocked' : 'audio-blocked', undefined);
  }

  #reportError(error: AvatarError): void {
    this.#logger.error(error.message);
    this.#events.emit('error', error);
  }

  /** The browser brings the page back from its cache. */
  async #returnToPage(): Promise<void> {
    // What is wrong is told by the connection's state.
    await this.reconnect().catch((error: unknown) => {
      this.#logger.error(String(error));
    });
  }

  #check(): void {
    if (++this.#ticks % STATS_TICKS === 0 && this.#events.has('stats')) {
      this.#events.emit('stats', this.getStats());
    }
    if (!this.#speechOpen || this.#stalled) return;
    if (performance.now() - this.#lastMotionMs < STALL_MS) return;
    this.#stalled = true;
    this.#record.stalls++;
    this.#setConversation('idle');
    this.#events.emit('stalled', undefined);
  }
}
