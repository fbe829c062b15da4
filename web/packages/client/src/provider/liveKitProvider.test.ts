import { EventEmitter } from 'node:events';
import type { Room } from 'livekit-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RememberingListener } from '../../test/listener.ts';
import { encodePacket, type WireFrame } from '../../../../tests/server/wire.ts';
import { LiveKitProvider } from './liveKitProvider.ts';

const CONFIG = { url: 'wss://room.example', token: 'jwt', roomName: 'lobby' };

/** A LiveKit room as far as the provider uses it. */
class FakeRoom extends EventEmitter {
  state = 'disconnected';
  canPlaybackAudio = true;
  readonly calls: string[] = [];
  readonly localParticipant = {
    publishData: (payload: Uint8Array, { topic }: { topic: string }): Promise<void> => {
      this.calls.push(`publish ${topic} ${new TextDecoder().decode(payload)}`);
      return Promise.resolve();
    },
  };
  readonly voice = {
    kind: 'audio',
    setVolume: (volume: number): void => void this.calls.push(`volume ${String(volume)}`),
    attach: (): void => void this.calls.push('attach'),
    detach: (): unknown[] => [],
  };

  connect(url: string, token: string): Promise<void> {
    this.calls.push(`connect ${url} ${token}`);
    return Promise.resolve();
  }
  disconnect(): Promise<void> {
    this.calls.push('disconnect');
    return Promise.resolve();
  }
  data(topic: string, payload: Uint8Array): void {
    this.emit('dataReceived', payload, { identity: 'avatar' }, 1, topic);
  }
  control(message: object): void {
    this.data('control', new TextEncoder().encode(JSON.stringify(message)));
  }
}

function packet(sequence: number, { turn = 1, epoch = 0, end = false } = {}): Uint8Array {
  const still = {
    mask: 0n,
    weights: new Uint8Array(0),
    headX: 0,
    headY: 0,
    headZ: 0,
    gazeYaw: 0,
    gazePitch: 0,
  };
  const ptsUs = sequence * 20_000;
  const frames: WireFrame[] = [{ ...still, ptsUs }];
  return encodePacket({
    uid: 0,
    epoch,
    turn,
    sequence,
    ptsUs,
    opus: new Uint8Array(0),
    frames,
    start: false,
    end,
  });
}

let room: FakeRoom;
let listener: RememberingListener;
let provider: LiveKitProvider;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  room = new FakeRoom();
  listener = new RememberingListener();
  provider = new LiveKitProvider({ room: room as unknown as Room });
  await provider.connect(CONFIG, listener);
});

afterEach(() => {
  vi.useRealTimers();
});

it('joins with what the page was given, and leaves in the end', async () => {
  expect(provider.getNativeClient()).toBe(room);
  await provider.disconnect();
  expect(room.calls).toEqual(['connect wss://room.example jwt', 'disconnect']);
  expect(room.eventNames()).toEqual([]);
});

describe('motion', () => {
  it('comes as data packets', () => {
    room.emit('trackSubscribed', room.voice);
    room.data('motion', packet(0));
    room.data('motion', packet(1, { end: true }));
    expect(room.calls).toContain('attach');
    expect(listener.told).toEqual(expect.arrayContaining(['motion 1: 0', 'motion 1: 20 end']));
  });

  it('comes on a data track', async () => {
    const frames = new ReadableStream({
      start(controller): void {
        controller.enqueue({ payload: packet(0) });
        controller.enqueue({ payload: packet(3) });
        controller.close();
      },
    });
    room.emit('dataTrackPublished', { info: { name: 'motion' }, subscribe: () => frames });
    await vi.waitFor(() => {
      expect(listener.told).toEqual(
        expect.arrayContaining(['motion 1: 0', 'drop lost 2', 'motion 1: 60']),
      );
    });
  });

  it('of an interrupted epoch is dropped, and the voice is silent until the next turn', () => {
    room.emit('trackSubscribed', room.voice);
    room.data('motion', packet(0));
    room.control({ type: 'clear', epoch: 1 });
    expect(room.calls.at(-1)).toBe('volume 0');
    room.data('motion', packet(1));
    expect(listener.told).toEqual(expect.arrayContaining(['clear 1', 'drop stale_epoch 1']));
    room.data('motion', packet(2, { epoch: 1, turn: 2 }));
    vi.advanceTimersByTime(200);
    expect(room.calls.at(-1)).toBe('volume 1');
  });

  it('that cannot be read is dropped for that reason', () => {
    room.data('motion', Uint8Array.of(0xff));
    expect(listener.told).toContain('drop malformed 1');
  });
});

it('messages go both ways', () => {
  room.control({ type: 'turn', turn: 2, epoch: 0, first_frame_ms: 9 });
  room.data('caption', new TextEncoder().encode('{"text":"Hi"}'));
  provider.sendMessage('say', { text: 'Hello' });
  expect(listener.told).toEqual(
    expect.arrayContaining(['turn 2 epoch 0 after 9 ms', 'caption from avatar: {"text":"Hi"}']),
  );
  expect(room.calls).toContain('publish say {"text":"Hello"}');
});

it('says when sound is held back, and when the room is gone', () => {
  room.canPlaybackAudio = false;
  room.emit('audioPlaybackChanged');
  room.emit('disconnected');
  expect(listener.told).toEqual(expect.arrayContaining(['audio blocked', 'failed: server_gone']));
});
