import { AvatarError } from '../player/avatarError.ts';
import type { ConnectionState } from '../player/state.ts';
import {
  decodeServerMessage,
  encodeAudio,
  encodeConfigure,
  encodeInterrupt,
  type ServerMessage,
} from './ingressMessage.ts';

/** Where a Motion Server is and who we are there. */
export interface IngressConfig {
  /** `ws(s)://host/v2/driveningress`. */
  readonly endpointUrl: string;
  readonly avatarId: string;
  readonly appId: string;
  readonly sessionToken: string;
  readonly sampleRateHz: number;
}

/** Told what comes from the Motion Server. */
export interface IngressListener {
  onConnectionState(state: ConnectionState): void;
  onAnimation(requestId: string, animation: Uint8Array, end: boolean): void;
  onError(error: AvatarError): void;
}

const CONFIRM_WITHIN_MS = 10_000;

/** A page's own session with the Motion Server: sound goes up, motion comes back. */
export class IngressClient {
  readonly #listener: IngressListener;
  #socket: WebSocket | undefined;

  constructor(listener: IngressListener) {
    this.#listener = listener;
  }

  /**
   * Connect and configure the session.
   *
   * @throws AvatarError if the server refuses or cannot be reached
   */
  async open(config: IngressConfig): Promise<void> {
    this.close();
    const url = new URL(`${config.endpointUrl.replace(/\/$/, '')}/websocket`);
    url.searchParams.set('id', config.avatarId);
    url.searchParams.set('appId', config.appId);
    url.searchParams.set('sessionKey', config.sessionToken);
    const socket = new WebSocket(url);
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    this.#listener.onConnectionState('connecting');
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#fail(
          socket,
          new AvatarError('server_gone', 'The Motion Server does not answer.'),
          reject,
        );
      }, CONFIRM_WITHIN_MS);
      socket.onopen = (): void => {
        socket.send(encodeConfigure(config.sampleRateHz));
      };
      socket.onclose = (): void => {
        clearTimeout(timer);
        const text =
          'The Motion Server ended the session, or refused it: check app id, session token and avatar id.';
        this.#fail(socket, new AvatarError('server_gone', text), reject);
      };
      socket.onmessage = ({ data }: MessageEvent<ArrayBuffer>): void => {
        const message = decodeServerMessage(new Uint8Array(data));
        if (message?.type === 'error') {
          const refusal = new AvatarError(
            'bad_request',
            `The Motion Server refuses: ${message.message}`,
          );
          this.#listener.onError(refusal);
          reject(refusal);
        }
        if (message?.type === 'confirmed') {
          clearTimeout(timer);
          this.#listener.onConnectionState('connected');
          resolve();
        }
        if (message !== undefined) this.#receive(message);
      };
    });
  }

  /** Send sound of a request. */
  send(requestId: string, pcm: Uint8Array, end: boolean): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) {
      throw new AvatarError('not_connected', 'Call start() and wait for it before send().');
    }
    this.#socket.send(encodeAudio(requestId, pcm, end));
  }

  /** Stop a request. */
  interrupt(requestId: string): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(encodeInterrupt(requestId));
  }

  /** End the session. */
  close(): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    this.#socket = undefined;
    socket.close();
    this.#listener.onConnectionState('disconnected');
  }

  #receive(message: ServerMessage): void {
    if (message.type !== 'animation') return;
    this.#listener.onAnimation(message.requestId, message.animation, message.end);
  }

  #fail(socket: WebSocket, error: AvatarError, reject: (error: AvatarError) => void): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    socket.close();
    this.#listener.onConnectionState('failed');
    this.#listener.onError(error);
    reject(error);
  }
}
