import { readFileSync } from 'node:fs';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import {
  BLEND_SHAPES,
  blendShapeIndex,
  type BlendShape,
} from '../../packages/client/src/media/blendShape.ts';
import { encodePacket, type WireFrame } from './wire.ts';

/** What the network does to a turn. */
export interface Weather {
  /** Every message is held back by up to this long, in order. */
  readonly jitterMs?: number;
  /** Nothing arrives for this long … */
  readonly stallMs?: number;
  /** … from this media time on. */
  readonly stallAtMs?: number;
}

interface Fixture {
  readonly threshold: number;
  readonly clicks_ms: readonly number[];
  readonly packets: readonly string[];
}

const file = new URL('../fixture/clicks.json', import.meta.url);

/** The computed sound that the test server speaks. */
export const FIXTURE: Fixture = JSON.parse(readFileSync(file, 'utf8')) as Fixture;

const PACKETS = FIXTURE.packets.map((text) => new Uint8Array(Buffer.from(text, 'base64')));
const PACKET_MS = 20;
const FRAME_MS = 40;
const LEAD_MS = 60;
/** Gaze pitch states media time, so that a test can read it off the face: units of 1e-4 rad per ms. */
export const PITCH_PER_MS = 0.1;

/** A server of the hosted channel's protocol (docs/channel.md) that speaks a computed sound. */
export class ChannelServer {
  readonly #server: WebSocketServer = new WebSocketServer({ noServer: true });
  readonly #members: Map<number, WebSocket> = new Map();
  readonly agentUid = 2001;
  weather: Weather = {};
  /** Refuse whoever joins with this code. */
  refuse: 'token_invalid' | 'uid_taken' | undefined;
  #epoch = 0;
  #turn = 0;
  #sequence = 0;
  #timer: NodeJS.Timeout | undefined;
  #nextUid = 1001;

  /** Answer the channel's path on an HTTP server. */
  attach(server: Server): void {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (request.url !== '/v1/channel') return;
      this.#server.handleUpgrade(request, socket, head, (client) => {
        this.#welcome(client);
      });
    });
  }

  /** What `GET /demo/join` answers. */
  invitation(): object {
    return {
      app_id: 'app',
      channel: 'lobby',
      uid: this.#nextUid++,
      token: 'valid',
      agent_uid: this.agentUid,
      avatar_url: '/avatars/mia/avatar.json',
    };
  }

  /** Speak the first packets of the sound as one turn. */
  speak(nPackets: number = PACKETS.length): void {
    clearInterval(this.#timer);
    this.#turn++;
    this.#text({
      type: 'turn',
      uid: this.agentUid,
      turn: this.#turn,
      epoch: this.#epoch,
      first_frame_ms: 21.5,
    });
    const began = performance.now();
    let next = 0;
    let heldUntil = 0;
    this.#timer = setInterval(() => {
      const nowMs = performance.now() - began;
      const { jitterMs = 0, stallMs = 0, stallAtMs = 0 } = this.weather;
      if (stallMs > 0 && nowMs >= stallAtMs && nowMs < stallAtMs + stallMs) return;
      if (nowMs < heldUntil) return;
      heldUntil = nowMs + Math.random() * jitterMs;
      while (next < nPackets && next * PACKET_MS <= nowMs + LEAD_MS) {
        this.#packet(next, next === 0, next === nPackets - 1);
        next++;
      }
      if (next === nPackets) clearInterval(this.#timer);
    }, 5);
  }

  /** Interrupt. */
  clear(): void {
    clearInterval(this.#timer);
    this.#epoch++;
    this.#text({ type: 'clear', uid: this.agentUid, epoch: this.#epoch });
  }

  /** Drop every connection, as a network does. */
  cutAll(): void {
    for (const socket of this.#members.values()) socket.terminate();
  }

  /** Stop speaking and close. */
  close(): void {
    clearInterval(this.#timer);
    this.cutAll();
    this.#server.close();
  }

  #welcome(client: WebSocket): void {
    let uid: number | undefined;
    client.on('message', (data, isBinary) => {
      const message = isBinary
        ? {}
        : (JSON.parse(String(data as Buffer)) as Record<string, unknown>);
      if (uid !== undefined) {
        this.#receive(uid, message);
        return;
      }
      const refusal = this.#refusal(message);
      if (refusal !== undefined) {
        client.send(JSON.stringify({ type: 'error', ...refusal.error }));
        client.close(refusal.close);
        return;
      }
      uid = message['uid'] as number;
      this.#members.set(uid, client);
      const members = [{ uid: this.agentUid, publisher: true, epoch: this.#epoch }];
      client.send(JSON.stringify({ type: 'joined', version: 1, uid, members }));
    });
    client.on('close', () => {
      if (uid !== undefined && this.#members.get(uid) === client) this.#members.delete(uid);
    });
  }

  #refusal(
    message: Record<string, unknown>,
  ): { error: { code: string; message: string }; close: number } | undefined {
    const { type, token, uid } = message;
    if (type !== 'join' || typeof uid !== 'number') {
      return { error: { code: 'bad_request', message: 'join first' }, close: 4000 };
    }
    const code = this.refuse;
    if (token !== 'valid' || code === 'token_invalid') {
      const invalid = 'the token is not valid for this channel';
      return { error: { code: 'token_invalid', message: invalid }, close: 4010 };
    }
    if (this.#members.has(uid) || code === 'uid_taken') {
      const taken = `uid ${String(uid)} is already in channel lobby: give every member its own uid`;
      return { error: { code: 'uid_taken', message: taken }, close: 4009 };
    }
    return undefined;
  }

  #receive(from: number, message: Record<string, unknown>): void {
    const { topic, data } = message;
    if (topic === 'stop') this.clear();
    if (topic === 'weather') this.weather = data as Weather;
    if (topic === 'say') {
      const { text, packets } = data as { text: string; packets?: number };
      this.#message(from, 'caption', { text, final: true });
      this.speak(packets ?? Math.min(PACKETS.length, 20 + 4 * text.length));
    }
  }

  #message(to: number, topic: string, data: unknown): void {
    this.#members
      .get(to)
      ?.send(JSON.stringify({ type: 'message', from: this.agentUid, topic, data }));
  }

  #text(message: object): void {
    for (const socket of this.#members.values()) socket.send(JSON.stringify(message));
  }

  #packet(index: number, start: boolean, end: boolean): void {
    const ptsMs = index * PACKET_MS;
    const bytes = encodePacket({
      uid: this.agentUid,
      epoch: this.#epoch,
      turn: this.#turn,
      sequence: this.#sequence++,
      ptsUs: ptsMs * 1000,
      opus: PACKETS[index] as Uint8Array,
      frames: ptsMs % FRAME_MS === 0 ? [frameAt(ptsMs)] : [],
      start,
      end,
    });
    for (const socket of this.#members.values()) socket.send(bytes);
  }
}

/** A face that moves with the computed sound's syllables. */
function frameAt(ptsMs: number): WireFrame {
  const syllable = Math.max(0, Math.sin(2 * Math.PI * 2.2 * (ptsMs / 1000))) ** 0.7;
  const slow = Math.sin(2 * Math.PI * 0.6 * (ptsMs / 1000));
  const weights: Partial<Record<BlendShape, number>> = {
    jawOpen: 0.42 * syllable,
    mouthLowerDownLeft: 0.25 * syllable,
    mouthLowerDownRight: 0.25 * syllable,
    mouthUpperUpLeft: 0.12 * syllable,
    mouthUpperUpRight: 0.12 * syllable,
    mouthFunnel: Math.max(0, slow) * 0.4 * syllable,
    mouthStretchLeft: Math.max(0, -slow) * 0.3 * syllable,
    mouthStretchRight: Math.max(0, -slow) * 0.3 * syllable,
    browInnerUp: 0.15 + 0.1 * slow,
  };
  let mask = 0n;
  const bytes: number[] = [];
  BLEND_SHAPES.forEach((name) => {
    const weight = weights[name];
    if (weight === undefined || weight === 0) return;
    mask |= 1n << BigInt(blendShapeIndex(name));
    bytes.push(Math.round(weight * 255));
  });
  return {
    ptsUs: ptsMs * 1000,
    mask,
    weights: Uint8Array.from(bytes),
    headX: Math.round(120 * slow),
    headY: Math.round(200 * Math.sin(2 * Math.PI * 0.3 * (ptsMs / 1000))),
    headZ: 0,
    gazeYaw: 0,
    gazePitch: Math.round(ptsMs * PITCH_PER_MS),
  };
}
