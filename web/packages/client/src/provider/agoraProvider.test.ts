import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IAgoraRTCClient } from 'agora-rtc-sdk-ng';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RememberingListener } from '../../test/listener.ts';
import { AgoraProvider, type AgoraProviderOptions } from './agoraProvider.ts';

const CONFIG = { appId: 'app', channel: 'lobby', token: '007', uid: 1001 };
const file = new URL('../../../../tests/fixture/sei.json', import.meta.url);
const BODIES = (JSON.parse(readFileSync(file, 'utf8')) as { body: string }[]).map(({ body }) =>
  Uint8Array.from(Buffer.from(body, 'hex')),
);
const [IDLE, , START, MIDDLE] = BODIES as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];

/** Agora's client as far as the provider uses it; its answers are the real ones' shapes. */
class FakeClient extends EventEmitter {
  connectionState = 'DISCONNECTED';
  readonly calls: string[] = [];
  readonly video: EventEmitter = new EventEmitter();
  readonly audio = {
    play: (): void => void this.calls.push('play'),
    setVolume: (volume: number): void => void this.calls.push(`volume ${String(volume)}`),
    getVolumeLevel: (): number => 0.3,
  };
  readonly remoteUsers = [{ uid: 2001, audioTrack: this.audio, videoTrack: this.video }];
  refusal: Error | undefined;

  join(...args: unknown[]): Promise<void> {
    this.calls.push(`join ${args.join(' ')}`);
    if (this.refusal !== undefined) return Promise.reject(this.refusal);
    this.connectionState = 'CONNECTED';
    return Promise.resolve();
  }
  leave(): Promise<void> {
    this.calls.push('leave');
    return Promise.resolve();
  }
  subscribe(_user: unknown, kind: string): Promise<unknown> {
    return Promise.resolve(kind === 'video' ? this.video : this.audio);
  }
  renewToken(token: string): Promise<void> {
    this.calls.push(`renew ${token}`);
    return Promise.resolve();
  }
  getRemoteAudioStats(): object {
    return { 2001: { receiveDelay: 60 } };
  }

  /** The avatar appears. */
  publish(): void {
    for (const kind of ['audio', 'video']) this.emit('user-published', this.remoteUsers[0], kind);
  }
  tell(message: object): void {
    this.emit('stream-message', 2001, new TextEncoder().encode(JSON.stringify(message)));
  }
}

let client: FakeClient;
let listener: RememberingListener;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  client = new FakeClient();
  listener = new RememberingListener();
});

afterEach(() => {
  vi.useRealTimers();
});

async function connect(options: AgoraProviderOptions = {}): Promise<AgoraProvider> {
  const provider = new AgoraProvider({ client: client as unknown as IAgoraRTCClient, ...options });
  await provider.connect(CONFIG, listener);
  return provider;
}

/** Wait until the listener has been told something. */
async function until(line: string): Promise<void> {
  await vi.waitFor(() => {
    expect(listener.told).toContain(line);
  });
}

/** @returns the time of their arrival */
async function speak(...bodies: Uint8Array[]): Promise<number> {
  client.publish();
  await vi.waitFor(() => {
    expect(client.video.listenerCount('sei-received')).toBe(1);
  });
  for (const body of bodies) client.video.emit('sei-received', body);
  return performance.now();
}

describe('joining', () => {
  it('hands on what the page was given, and leaves in the end', async () => {
    const provider = await connect();
    expect(provider.getNativeClient()).toBe(client);
    await provider.disconnect();
    expect(client.calls).toEqual(['join app lobby 007 1001', 'leave']);
    expect(listener.told).toEqual(['connecting', 'connected', 'disconnected']);
    expect(client.eventNames()).toEqual([]);
  });

  it('that Agora refuses says why', async () => {
    client.refusal = new Error('invalid token');
    await expect(connect()).rejects.toMatchObject({
      code: 'provider_failed',
      message: 'Agora does not let this page join: invalid token',
    });
    expect(client.eventNames()).toEqual([]);
  });

  it('is not done again, nor undone, for a client that the page has joined itself', async () => {
    client.connectionState = 'CONNECTED';
    const provider = await connect();
    await provider.disconnect();
    expect(client.calls).toEqual([]);
  });

  it('can be given up while it is going on', async () => {
    let refuse: (error: Error) => void = () => undefined;
    client.join = (): Promise<void> => new Promise((_, reject) => (refuse = reject));
    const provider = new AgoraProvider({ client: client as unknown as IAgoraRTCClient });
    const joining = provider.connect(CONFIG, listener);
    await vi.waitFor(() => {
      expect(provider.getNativeClient()).toBe(client);
    });
    await provider.disconnect();
    expect(client.calls).toEqual(['leave']); // else the SDK would go on trying
    refuse(new Error('aborted'));
    await expect(joining).rejects.toThrow('aborted');
  });

  it('needs an app id and a channel', async () => {
    await expect(new AgoraProvider().connect({}, listener)).rejects.toMatchObject({
      code: 'config_invalid',
    });
  });
});

describe('speech', () => {
  it('is heard, and its motion comes out of the video', async () => {
    const provider = await connect();
    const cameMs = await speak(IDLE, START, MIDDLE);
    await until('motion 1: 40 60');
    expect(listener.told).toContain('motion 1: 0 20');
    expect(client.calls).toContain('play');
    const heard = { turn: 0, ptsUs: 0 };
    // The newest frames, 20 ms and then 60 ms, came at one moment: the faster one tells the time.
    expect(provider.playhead(cameMs + 80, heard)).toBe(true);
    expect(heard).toEqual({ turn: 1, ptsUs: 60_000 });
  });

  it('that cannot be read is dropped for that reason', async () => {
    await connect();
    await speak(Uint8Array.of(1, 2));
    await until('drop malformed 1');
  });

  it('follows the delay that Agora tells', async () => {
    const provider = await connect();
    await speak(START);
    await until('motion 1: 0 20');
    vi.advanceTimersByTime(500);
    expect(provider.getStats()).toMatchObject({ bufferMs: 80, audioLevel: 0.3 });
  });
});

describe('an interrupt', () => {
  it('silences at once, drops what still comes, and the next turn is heard', async () => {
    await connect();
    await speak(START);
    await until('motion 1: 0 20');
    client.tell({ type: 'clear', uid: 2001, epoch: 1 });
    client.tell({ type: 'clear', uid: 2001, epoch: 1 }); // it is told more than once
    expect(client.calls.at(-1)).toBe('volume 0');
    client.video.emit('sei-received', MIDDLE);
    await until('drop interrupted 1');
    client.video.emit('sei-received', START);
    await until('motion 2: 0 20');
    vi.advanceTimersByTime(120);
    expect(client.calls.at(-1)).toBe('volume 100');
    expect(listener.told.filter((line) => line.startsWith('clear'))).toEqual(['clear 1']);
  });
});

it('what the server says of a turn is handed on', async () => {
  await connect();
  client.tell({ type: 'turn', uid: 2001, turn: 3, epoch: 0, first_frame_ms: 12.5 });
  expect(listener.told).toContain('turn 3 epoch 0 after 12.5 ms');
});

it('a token that is about to expire is renewed, and one that has expired ends it', async () => {
  await connect({ renewToken: () => Promise.resolve('007new') });
  client.emit('token-privilege-will-expire');
  await vi.waitFor(() => {
    expect(client.calls).toContain('renew 007new');
  });
  client.emit('token-privilege-did-expire');
  expect(listener.told.at(-1)).toBe('failed: token_expired');
});
