import { AudioOutput } from '../audio/audioOutput.ts';
import type { ControlMessage } from '../channel/control.ts';
import type { WorkerCommand, WorkerReport } from '../channel/workerMessage.ts';
import workerCode from '../channel/channel.worker.ts?bundle';
import { AvatarError, type AvatarErrorCode } from '../player/avatarError.ts';
import type { Playhead } from '../playout/timeline.ts';
import { Backoff } from './backoff.ts';
import { deferred } from './deferred.ts';
import type {
  AvatarProvider,
  ConnectConfig,
  ProviderListener,
  ProviderOptions,
  ProviderStats,
} from './provider.ts';

/** Answers of the server after which trying again cannot help. */
const FATAL: ReadonlySet<string> = new Set([
  'bad_request',
  'app_unknown',
  'token_invalid',
  'token_expired',
]);
const JOIN_TIMEOUT_MS = 10_000;
const GIVE_UP_AFTER = 20; // attempts in a row

interface Session {
  readonly config: ConnectConfig;
  readonly join: string;
  readonly url: string;
  readonly listener: ProviderListener;
  readonly worker: Worker;
  readonly audio: AudioOutput;
  readonly backoff: Backoff;
  readonly settle: { resolve: () => void; reject: (error: AvatarError) => void };
  joined: boolean;
  everJoined: boolean;
  attempts: number;
  refusal: AvatarError | undefined;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** Receives from the channel that Avamotion hosts: one WebSocket, played through Web Audio. */
export class LocalProvider implements AvatarProvider {
  readonly name = 'local';
  #session: Session | undefined;
  #volume = 1;

  /** Whether this browser can play the hosted channel. */
  static get supported(): boolean {
    const decodes = typeof AudioDecoder !== 'undefined' || typeof WebAssembly !== 'undefined';
    return decodes && typeof AudioWorkletNode !== 'undefined';
  }

  /** The audio graph while connected: put a meter or an effect behind `audioNode`. */
  get audioNode(): AudioNode | undefined {
    return this.#session?.audio.node;
  }

  async connect(
    config: ConnectConfig,
    listener: ProviderListener,
    options: ProviderOptions,
  ): Promise<void> {
    await this.disconnect();
    const join = joinMessage(config);
    if (!LocalProvider.supported) {
      throw new AvatarError(
        'unsupported',
        'This browser cannot play the avatar’s voice: it has no AudioWorklet, or the page is not served over HTTPS. A current Chrome, Edge, Firefox or Safari can.',
      );
    }
    listener.onConnectionState('connecting');
    const { promise, settle } = deferred();
    const session: Session = {
      config,
      join,
      url: channelUrl(config.url),
      listener,
      worker: startWorker(),
      audio: new AudioOutput({
        onAllowed: (allowed) => {
          post(session, { type: 'audible', audible: allowed });
          listener.onAudioAllowed(allowed);
        },
        onPlaying: (playing, turn) => {
          listener.onPlaying(playing, turn);
        },
      }),
      backoff: new Backoff(Math.random),
      settle,
      joined: false,
      everJoined: false,
      attempts: 0,
      refusal: undefined,
      timer: undefined,
    };
    this.#session = session;
    session.audio.volume = this.#volume;
    session.worker.onmessage = ({ data }: MessageEvent<WorkerReport>): void => {
      if (this.#session === session) this.#receive(session, data);
    };
    this.#attempt(session);
    await Promise.all([promise, this.#openAudio(session, options)]);
  }

  async disconnect(): Promise<void> {
    const session = this.#session;
    if (session === undefined) return;
    this.#session = undefined;
    clearTimeout(session.timer);
    post(session, { type: 'close' });
    session.settle.reject(new AvatarError('not_connected', 'The connection was closed.'));
    session.listener.onConnectionState('disconnected');
    await session.audio.dispose();
  }

  async unlockAudio(): Promise<void> {
    await this.#session?.audio.unlock();
  }

  playhead(nowMs: number, target: Playhead): boolean {
    return this.#session?.audio.playhead(nowMs, target) ?? false;
  }

  sendMessage(topic: string, data: unknown, to?: number | string): void {
    const session = this.#session;
    if (session?.joined !== true) {
      throw new AvatarError('not_connected', 'Connect before you send a message.');
    }
    const message = { type: 'message', topic, data, ...(to === undefined ? {} : { to }) };
    post(session, { type: 'send', text: JSON.stringify(message) });
  }

  publishAudio(): Promise<void> {
    return Promise.reject(
      new AvatarError(
        'unsupported',
        'The hosted channel takes no sound from viewers. Send text with sendMessage(), or use AgoraProvider or LiveKitProvider to talk.',
      ),
    );
  }

  unpublishAudio(): Promise<void> {
    return Promise.resolve();
  }

  setVolume(volume: number): void {
    this.#volume = volume;
    if (this.#session !== undefined) this.#session.audio.volume = volume;
  }

  getVolume(): number {
    return this.#volume;
  }

  getStats(): ProviderStats {
    const audio = this.#session?.audio;
    const level = audio?.level;
    return {
      bufferMs: (level?.depthS ?? 0) * 1000,
      audioLevel: audio?.rms ?? 0,
      underruns: level?.underruns ?? 0,
      caughtUpMs: (((level?.cutSamples ?? 0) + (level?.skippedSamples ?? 0)) / 48_000) * 1000,
    };
  }

  /** The hosted channel has no vendor's client. */
  getNativeClient(): null {
    return null;
  }

  async #openAudio(session: Session, options: ProviderOptions): Promise<void> {
    try {
      const port = await session.audio.open(options);
      session.worker.postMessage({ type: 'port', port } satisfies WorkerCommand, [port]);
    } catch (error) {
      if (this.#session !== session) return;
      throw new AvatarError('audio_failed', 'The browser’s audio could not be started.', {
        cause: error,
      });
    }
    const { allowed } = session.audio;
    post(session, { type: 'audible', audible: allowed });
    session.listener.onAudioAllowed(allowed);
  }

  async #sendDecoder(session: Session): Promise<void> {
    try {
      const { default: script } = await import('../audio/wasmDecoder.ts?bundle');
      post(session, { type: 'decoder', script });
    } catch (error) {
      if (this.#session === session) this.#fail(session, noDecoder(error));
    }
  }

  #attempt(session: Session): void {
    session.refusal = undefined;
    session.attempts++;
    post(session, { type: 'connect', url: session.url, join: session.join });
    session.timer = setTimeout(() => {
      this.#lost(session, 1006);
    }, JOIN_TIMEOUT_MS);
  }

  #receive(session: Session, report: WorkerReport): void {
    const { listener } = session;
    switch (report.type) {
      case 'control':
        this.#receiveControl(session, report.message);
        break;
      case 'motion':
        listener.onMotion(report.turn, report.frames, report.end);
        break;
      case 'clear':
        listener.onClear(report.epoch);
        break;
      case 'drop':
        listener.onDrop(report.reason, report.count);
        break;
      case 'decode_error':
        listener.onError(
          new AvatarError(
            'audio_failed',
            `A piece of the avatar’s voice could not be decoded: ${report.problem}`,
          ),
        );
        break;
      case 'decoder_missing':
        void this.#sendDecoder(session);
        break;
      case 'decoder_failed':
        this.#fail(session, noDecoder(report.problem));
        break;
      case 'closed':
        this.#lost(session, report.code);
        break;
    }
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
        session.refusal = new AvatarError(message.code as AvatarErrorCode, message.message);
        if (session.joined) listener.onError(session.refusal);
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

  /** The socket is closed: try again, unless that cannot help. */
  #lost(session: Session, code: number): void {
    clearTimeout(session.timer);
    session.joined = false;
    const error =
      session.refusal ??
      new AvatarError('server_gone', `The server cannot be reached (close code ${String(code)}).`);
    // Before the first join the caller waits for an answer. Later a taken uid may be our own old connection.
    const hopeless = FATAL.has(error.code) || !session.everJoined;
    if (hopeless || session.attempts >= GIVE_UP_AFTER) {
      this.#fail(session, error);
      return;
    }
    session.listener.onConnectionState('reconnecting', error);
    session.timer = setTimeout(() => {
      this.#attempt(session);
    }, session.backoff.nextMs());
  }

  #fail(session: Session, error: AvatarError): void {
    this.#session = undefined;
    post(session, { type: 'close' });
    session.settle.reject(error);
    session.listener.onConnectionState('failed', error);
    session.audio.dispose().catch((cause: unknown) => {
      session.listener.onError(
        new AvatarError('audio_failed', 'The browser’s audio could not be closed.', { cause }),
      );
    });
  }
}

function post(session: Session, command: WorkerCommand): void {
  session.worker.postMessage(command);
}

function startWorker(): Worker {
  const url = URL.createObjectURL(new Blob([workerCode], { type: 'text/javascript' }));
  const worker = new Worker(url);
  URL.revokeObjectURL(url);
  return worker;
}

function joinMessage(config: ConnectConfig): string {
  const { appId, channel, token, uid } = config;
  for (const [name, value] of Object.entries({ appId, channel, token })) {
    if (typeof value !== 'string' || value === '') {
      throw new AvatarError(
        'config_invalid',
        `connect() needs ${name}, a string that is not empty.`,
      );
    }
  }
  if (typeof uid !== 'number' || !Number.isInteger(uid) || uid < 1 || uid > 0xffff_ffff) {
    throw new AvatarError(
      'config_invalid',
      'connect() needs uid, an integer from 1 to 4294967295.',
    );
  }
  return JSON.stringify({ type: 'join', app_id: appId, channel, uid, token });
}

function channelUrl(server: string | undefined): string {
  const url = new URL('/v1/channel', server ?? location.href);
  url.protocol = url.protocol === 'https:' || url.protocol === 'wss:' ? 'wss:' : 'ws:';
  return url.href;
}

function noDecoder(cause: unknown): AvatarError {
  const text =
    'This browser cannot decode the avatar’s voice, and what replaces its decoder could not be loaded. Reload the page, or use a current Chrome, Edge, Firefox or Safari.';
  return new AvatarError('unsupported', text, { cause });
}
