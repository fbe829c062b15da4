import { WebSocket } from 'ws';
import { decodeChannelPacket } from '../../packages/client/src/protocol/packet.ts';

/** The sound of one turn as it came over the channel. */
export interface TurnSound {
  /** Media time of each packet, microseconds. */
  readonly ptsUs: number[];
  readonly opus: Uint8Array[];
}

/** A second member of the channel: keeps what is sent, so that it can be compared with what is played. */
export class Listener {
  readonly #socket: WebSocket;
  /** By the publisher's number of the turn. */
  readonly turns: Map<number, TurnSound> = new Map();

  private constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  /** Join the channel that a demo page joins. */
  static async join(pageUrl: string): Promise<Listener> {
    const response = await fetch(new URL('/demo/join', pageUrl));
    if (!response.ok) throw new Error(`GET /demo/join answers ${String(response.status)}`);
    const { app_id, channel, uid, token } = (await response.json()) as Record<string, unknown>;
    const url = new URL('/v1/channel', pageUrl);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(url);
    const listener = new Listener(socket);
    await new Promise<void>((resolve, reject) => {
      socket.on('error', reject);
      socket.on('open', () => {
        socket.send(JSON.stringify({ type: 'join', app_id, channel, uid, token }));
      });
      socket.on('message', (data: Buffer, isBinary) => {
        if (isBinary) {
          listener.#keep(data);
          return;
        }
        const message = JSON.parse(String(data)) as { type: string; message?: string };
        if (message.type === 'joined') resolve();
        if (message.type === 'error') reject(new Error(message.message));
      });
    });
    return listener;
  }

  /** Leave. */
  close(): void {
    this.#socket.close();
  }

  #keep(data: Buffer): void {
    const packet = decodeChannelPacket(new Uint8Array(data));
    if (packet === undefined || packet.opus.length === 0) return;
    let turn = this.turns.get(packet.turn);
    if (turn === undefined) {
      turn = { ptsUs: [], opus: [] };
      this.turns.set(packet.turn, turn);
    }
    turn.ptsUs.push(packet.ptsUs);
    turn.opus.push(packet.opus.slice());
  }
}
