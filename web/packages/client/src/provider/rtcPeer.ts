import type { RtpClock } from '../playout/rtpClock.ts';
import { fetchIceServers, leave, sendOffer, type WhepTarget } from './whep.ts';

/** Told what comes from the server. */
export interface RtcPeerListener {
  onTrack(track: MediaStreamTrack): void;
  /** A text of the channel. */
  onText(text: string): void;
  /** An RTP time, four bytes, and the packet whose sound lies there. */
  onMotion(data: ArrayBuffer): void;
  /** The connection is gone for good. */
  onLost(): void;
}

const GATHER_MS = 1000;
const LOST_MS = 3000;

/** One peer connection to the server: sound on a track, texts and motion on data channels. */
export class RtcPeer {
  readonly connection: RTCPeerConnection;
  readonly #listener: RtcPeerListener;
  readonly #control: RTCDataChannel;
  readonly #audio: RTCRtpTransceiver;
  #location: string | undefined;
  #lost: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  private constructor(iceServers: RTCIceServer[], listener: RtcPeerListener) {
    this.#listener = listener;
    this.connection = new RTCPeerConnection({ iceServers });
    this.connection.onconnectionstatechange = (): void => {
      this.#watch();
    };
    this.#control = this.connection.createDataChannel('control');
    this.#control.onmessage = ({ data }: MessageEvent<string>): void => {
      if (!this.#closed) listener.onText(data);
    };
    const motion = this.connection.createDataChannel('motion', {
      ordered: false,
      maxRetransmits: 0,
    });
    motion.binaryType = 'arraybuffer';
    motion.onmessage = ({ data }: MessageEvent<ArrayBuffer>): void => {
      if (!this.#closed) listener.onMotion(data);
    };
    this.#audio = this.connection.addTransceiver('audio', { direction: 'sendrecv' });
  }

  /**
   * Join.
   *
   * @throws AvatarError if the server does not let us in
   */
  static async open(target: WhepTarget, listener: RtcPeerListener): Promise<RtcPeer> {
    const peer = new RtcPeer(await fetchIceServers(target), listener);
    try {
      await peer.#negotiate(target);
    } catch (error) {
      peer.close();
      throw error;
    }
    return peer;
  }

  /** Send a text to the server. */
  send(text: string): void {
    if (this.#control.readyState === 'open') this.#control.send(text);
  }

  /** Publish a track, or none. */
  async publish(track: MediaStreamTrack | null): Promise<void> {
    await this.#audio.sender.replaceTrack(track);
  }

  /** Tell the clock what leaves the jitter buffer now. */
  read(clock: RtpClock): void {
    const [source] = this.#audio.receiver.getSynchronizationSources();
    if (source?.rtpTimestamp === undefined) return;
    const { timestamp } = source;
    // Some browsers count from the epoch, others from the start of the page.
    clock.add(
      source.rtpTimestamp,
      timestamp > performance.timeOrigin / 2 ? timestamp - performance.timeOrigin : timestamp,
    );
  }

  /** Figures of the jitter buffer: what it holds, in milliseconds, and how often it ran dry. */
  async stats(): Promise<{ bufferMs: number; concealments: number } | undefined> {
    for (const report of (await this.#audio.receiver.getStats()).values()) {
      const figures = report as Record<string, number | string>;
      if (figures['type'] !== 'inbound-rtp') continue;
      const emitted = Number(figures['jitterBufferEmittedCount']) || 1;
      return {
        bufferMs: (Number(figures['jitterBufferDelay']) / emitted) * 1000,
        concealments: Number(figures['concealmentEvents']),
      };
    }
    return undefined;
  }

  /** Leave. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#lost);
    this.connection.close();
    if (this.#location !== undefined) void leave(this.#location);
  }

  async #negotiate(target: WhepTarget): Promise<void> {
    await this.connection.setLocalDescription(await this.connection.createOffer());
    await this.#gathered();
    const answer = await sendOffer(target, this.connection.localDescription?.sdp ?? '');
    this.#location = answer.location;
    await this.connection.setRemoteDescription({ type: 'answer', sdp: answer.sdp });
    this.#listener.onTrack(this.#audio.receiver.track);
  }

  /** Wait for the candidates, but not for a STUN server that does not answer. */
  async #gathered(): Promise<void> {
    const { connection } = this;
    if (connection.iceGatheringState === 'complete') return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, GATHER_MS);
      connection.onicegatheringstatechange = (): void => {
        if (connection.iceGatheringState !== 'complete') return;
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #watch(): void {
    clearTimeout(this.#lost);
    const state = this.connection.connectionState;
    if (this.#closed || (state !== 'failed' && state !== 'disconnected')) return;
    const delayMs = state === 'failed' ? 0 : LOST_MS;
    this.#lost = setTimeout(() => {
      if (!this.#closed) this.#listener.onLost();
    }, delayMs);
  }
}
