import { AvatarError } from '../player/avatarError.ts';
import type { Playhead } from '../playout/timeline.ts';
import { LocalProvider } from './localProvider.ts';
import type {
  AvatarProvider,
  ConnectConfig,
  ProviderListener,
  ProviderOptions,
  ProviderStats,
} from './provider.ts';
import { WebRtcProvider } from './webRtcProvider.ts';
import { fetchIceServers, whepTarget } from './whep.ts';

/** The ways to a hosted channel; undefined where the browser cannot take one. */
export interface HostedTransports {
  websocket(): AvatarProvider | undefined;
  webrtc(): AvatarProvider | undefined;
  /** Whether the server offers WebRTC for this channel. */
  offersWebrtc(config: ConnectConfig): Promise<boolean>;
}

const WATCH_MS = 1000;
/** A WebSocket that runs dry this often within this long stutters: four times the buffer helps itself by growing. */
const STALLS = 5;
const STALL_WINDOW_MS = 20_000;
const JOIN_ATTEMPTS = 4;
const JOIN_AGAIN_MS = 400;

const TRANSPORTS: HostedTransports = {
  websocket: () => (LocalProvider.supported ? new LocalProvider() : undefined),
  webrtc: () => (WebRtcProvider.supported ? new WebRtcProvider() : undefined),
  offersWebrtc: async (config) => {
    try {
      await fetchIceServers(whepTarget(config));
      return true;
    } catch {
      return false;
    }
  },
};

interface Call {
  readonly config: ConnectConfig;
  readonly listener: ProviderListener;
  readonly options: ProviderOptions;
}

/**
 * Receives from the channel that Avamotion hosts, by the way that fits: a WebSocket, or WebRTC where the browser
 * has no audio worklets or the WebSocket stutters.
 */
export class HostedProvider implements AvatarProvider {
  readonly #transports: HostedTransports;
  #current: AvatarProvider | undefined;
  #call: Call | undefined;
  #volume = 1;
  /** Turns of earlier transports; the player's count only grows. */
  #turnBase = 0;
  #newestTurn = 0;
  #watch: ReturnType<typeof setInterval> | undefined;
  #stalls: number[] = [];
  #underruns = 0;
  #mayChange = true;

  constructor(transports: HostedTransports = TRANSPORTS) {
    this.#transports = transports;
  }

  /** The name of the transport in use. */
  get name(): string {
    return this.#current?.name ?? 'hosted';
  }

  /** The audio graph while connected: put a meter or an effect behind `audioNode`. */
  get audioNode(): AudioNode | undefined {
    return this.#current !== undefined && 'audioNode' in this.#current
      ? (this.#current.audioNode as AudioNode | undefined)
      : undefined;
  }

  async connect(
    config: ConnectConfig,
    listener: ProviderListener,
    options: ProviderOptions,
  ): Promise<void> {
    await this.disconnect();
    const websocket = this.#transports.websocket();
    const provider = websocket ?? this.#transports.webrtc();
    if (provider === undefined) {
      throw new AvatarError(
        'unsupported',
        'This browser has neither audio worklets nor WebRTC. A current Chrome, Edge, Firefox or Safari has.',
      );
    }
    if (websocket === undefined && !(await this.#transports.offersWebrtc(config))) {
      throw new AvatarError(
        'unsupported',
        'This browser has no audio worklets, and the server offers no WebRTC instead. Use HTTPS, and a current Chrome, Edge, Firefox or Safari.',
      );
    }
    this.#call = { config, listener, options };
    this.#mayChange = websocket !== undefined;
    await this.#join(provider);
    this.#watch = setInterval(() => {
      this.#lookForStalls();
    }, WATCH_MS);
  }

  async disconnect(): Promise<void> {
    clearInterval(this.#watch);
    this.#call = undefined;
    const provider = this.#current;
    await provider?.disconnect();
    if (this.#current === provider) this.#current = undefined;
  }

  async unlockAudio(): Promise<void> {
    await this.#current?.unlockAudio();
  }

  playhead(nowMs: number, target: Playhead): boolean {
    if (this.#current?.playhead(nowMs, target) !== true) return false;
    target.turn += this.#turnBase;
    return true;
  }

  sendMessage(topic: string, data: unknown, to?: number | string): void {
    if (this.#current === undefined) {
      throw new AvatarError('not_connected', 'Connect before you send a message.');
    }
    this.#current.sendMessage(topic, data, to);
  }

  async publishAudio(track: MediaStreamTrack): Promise<void> {
    if (this.#current === undefined) {
      throw new AvatarError('not_connected', 'Connect before you publish sound.');
    }
    await this.#current.publishAudio(track);
  }

  async unpublishAudio(): Promise<void> {
    await this.#current?.unpublishAudio();
  }

  setVolume(volume: number): void {
    this.#volume = volume;
    this.#current?.setVolume(volume);
  }

  getVolume(): number {
    return this.#volume;
  }

  getStats(): ProviderStats {
    return this.#current?.getStats() ?? { bufferMs: 0, audioLevel: 0, underruns: 0, caughtUpMs: 0 };
  }

  getNativeClient(): unknown {
    return this.#current?.getNativeClient() ?? null;
  }

  async #join(provider: AvatarProvider): Promise<void> {
    const call = this.#call;
    if (call === undefined) return;
    this.#current = provider;
    this.#turnBase = this.#newestTurn;
    this.#underruns = 0;
    this.#stalls = [];
    provider.setVolume(this.#volume);
    await provider.connect(call.config, this.#listen(provider, call.listener), call.options);
  }

  /** Hand on what the transport in use tells, and nothing of one that was left. */
  #listen(provider: AvatarProvider, listener: ProviderListener): ProviderListener {
    const base = this.#turnBase;
    const count = (turn: number): number => {
      this.#newestTurn = Math.max(this.#newestTurn, base + turn);
      return base + turn;
    };
    const counted: Partial<ProviderListener> = {
      onMotion: (turn, frames, end) => {
        listener.onMotion(count(turn), frames, end);
      },
      onPlaying: (playing, turn) => {
        listener.onPlaying(playing, count(turn));
      },
    };
    return new Proxy(listener, {
      get: (target, name: keyof ProviderListener): unknown => {
        if (this.#current !== provider && name !== 'onDrop') return () => undefined;
        return (counted[name] ?? target[name]).bind(target);
      },
    });
  }

  #lookForStalls(): void {
    if (!this.#mayChange || this.#current === undefined) return;
    const nowMs = performance.now();
    const { underruns } = this.#current.getStats();
    for (; this.#underruns < underruns; this.#underruns++) this.#stalls.push(nowMs);
    this.#stalls = this.#stalls.filter((atMs) => nowMs - atMs < STALL_WINDOW_MS);
    if (this.#stalls.length < STALLS) return;
    const webrtc = this.#transports.webrtc();
    this.#mayChange = false; // once is enough: where WebRTC fails too, the network is at fault
    if (webrtc !== undefined) void this.#changeIfOffered(this.#current, webrtc);
  }

  /** A stutter is better than a gap: nothing is left before there is something to go to. */
  async #changeIfOffered(from: AvatarProvider, to: AvatarProvider): Promise<void> {
    const call = this.#call;
    if (call === undefined || !(await this.#transports.offersWebrtc(call.config))) return;
    if (this.#call === call && this.#current === from) await this.#change(from, to);
  }

  async #change(from: AvatarProvider, to: AvatarProvider): Promise<void> {
    const call = this.#call;
    if (call === undefined) return;
    call.listener.onConnectionState('reconnecting');
    call.listener.onPlaying(false, this.#newestTurn);
    this.#current = to;
    await from.disconnect();
    for (let attempt = 1; this.#call === call; attempt++) {
      const provider = attempt === JOIN_ATTEMPTS ? from : to;
      try {
        await this.#join(provider);
        return;
      } catch (error) {
        if (attempt > JOIN_ATTEMPTS) {
          call.listener.onConnectionState('failed', error as AvatarError);
          return;
        }
        // Our own old connection may hold the uid for a moment.
        await new Promise((resolve) => setTimeout(resolve, JOIN_AGAIN_MS));
      }
    }
  }
}
