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
import { openMicrophone } from './microphone.ts';
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
  readonly #skew: SkewMeter = new SkewMeter();
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
  #microphone: MediaStreamTrack | undefined;
  #turn = { turn: 0, epoch: 0, firstFrameMs: undefined as number | undefined };
  #framesReceived = 0;
  #framesRendered = 0;
  #dropped: Record<string, number> = {};

  constructor(provider: AvatarProvider, view: FaceView, options: AvatarPlayerOptions = {}) {
    this.#provider = provider;
    this.#view = view;
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
    this.#watch = setInterval(() => {
      this.#check();
    }, WATCH_MS);
    try {
      await this.#provider.connect(config, this.#listener(), this.#buffering);
    } catch (error) {
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
    await this.stopPublishing();
    await this.#provider.disconnect();
    this.#release();
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
    if (this.#microphone !== undefined) return;
    const track = await openMicrophone();
    this.#microphone = track;
    try {
      await this.#provider.publishAudio(track);
    } catch (error) {
      this.#microphone = undefined;
      track.stop();
      throw error;
    }
  }

  /** Take the microphone out of the channel and close it. */
  async stopPublishing(): Promise<void> {
    const track = this.#microphone;
    if (track === undefined) return;
    this.#microphone = undefined;
    await this.#provider.unpublishAudio();
    track.stop();
  }

  /** Publish any track into the channel. */
  async publishAudio(track: MediaStreamTrack): Promise<void> {
    await this.#provider.publishAudio(track);
  }

  /** Take the published track out of the channel, without stopping it. */
  async unpublishAudio(): Promise<void> {
    await this.#provider.unpublishAudio();
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
      framesReceived: this.#framesReceived,
      framesRendered: this.#framesRendered,
      dropped: { ...this.#dropped },
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
        this.#drop(reason, count);
      },
      onError: (error) => {
        this.#logger.error(error.message);
        this.#events.emit('error', error);
      },
    };
  }

  #reset(): void {
    this.#release();
    this.#frames.clear();
    this.#framesReceived = 0;
    this.#framesRendered = 0;
    this.#dropped = {};
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
    this.#framesRendered++;
    if (!this.#covered || !this.#provider.playhead(nowMs, this.#heard)) return;
    if (this.#heard.turn === this.#drawn.turn)
      this.#skew.add(this.#drawn.ptsUs - this.#heard.ptsUs);
  }

  #receiveMotion(turn: number, frames: readonly MotionFrame[], end: boolean): void {
    this.#lastMotionMs = performance.now();
    this.#stalled = false;
    this.#speechOpen = !end;
    this.#framesReceived += frames.length;
    for (const frame of frames) {
      const lost = this.#frames.push(turn, frame);
      if (lost !== undefined) this.#drop(`frame_${lost}`, 1);
    }
  }

  #clear(epoch: number): void {
    const speaking = this.#conversationState === 'playing';
    this.#turn = { ...this.#turn, epoch };
    this.#speechOpen = false;
    this.#performer.interrupt(performance.now() / 1000);
    if (speaking) this.#events.emit('interrupted', undefined);
    this.#setConversation('idle');
  }

  #setPlaying(playing: boolean): void {
    if (playing) this.#setConversation('playing');
    else if (!this.#speechOpen) this.#setConversation('idle');
  }

  #setConversation(state: ConversationState): void {
    if (state === this.#conversationState) return;
    this.#conversationState = state;
    if (state === 'playing') this.#events.emit('playing', undefined);
    else if (state === 'idle') this.#events.emit('idle', undefined);
  }

  #setConnectionState(state: ConnectionState, error?: AvatarError): void {
    if (state === this.#connectionState) return;
    this.#connectionState = state;
    this.#logger.info(`connection ${state}${error === undefined ? '' : `: ${error.message}`}`);
    this.#events.emit('connection-state-changed', state);
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

  #check(): void {
    if (!this.#speechOpen || this.#stalled) return;
    if (performance.now() - this.#lastMotionMs < STALL_MS) return;
    this.#stalled = true;
    this.#setConversation('idle');
    this.#events.emit('stalled', undefined);
  }

  #drop(reason: string, count: number): void {
    this.#dropped[reason] = (this.#dropped[reason] ?? 0) + count;
  }
}
