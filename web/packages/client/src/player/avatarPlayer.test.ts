import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SilentProvider } from '../../test/silentProvider.ts';
import { restValues } from '../media/pose.ts';
import { AvatarPlayer } from './avatarPlayer.ts';
import type { PoseSource } from './faceView.ts';

const CONFIG = { appId: 'app', channel: 'lobby', token: 'valid', uid: 1 };

let provider: SilentProvider;
let source: PoseSource | undefined;
let player: AvatarPlayer;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  vi.stubGlobal('window', new EventTarget());
  provider = new SilentProvider();
  const view = { setPoseSource: (wanted: PoseSource | undefined): void => void (source = wanted) };
  player = new AvatarPlayer(provider, view, { logLevel: 'off' });
});

afterEach(async () => {
  await player.dispose();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function page(type: 'pagehide' | 'pageshow', persisted: boolean): void {
  window.dispatchEvent(Object.assign(new Event(type), { persisted }));
}

function speak(turn: number, end: boolean = false): void {
  provider.listener?.onMotion(turn, [{ ptsUs: 0, values: restValues() }], end);
  provider.listener?.onPlaying(!end, turn);
}

it('tells every state of the connection, under both names', async () => {
  const told: string[] = [];
  player.on('connection-state-changed', (state) => told.push(state));
  player.on('connectionStateChanged', (state) => told.push(`also ${state}`));
  player.on('connected', () => told.push('joined'));
  player.on('disconnected', () => told.push('left'));
  await player.connect(CONFIG);
  await player.disconnect();
  expect(told).toEqual([
    'connecting',
    'also connecting',
    'connected',
    'also connected',
    'joined',
    'disconnected',
    'also disconnected',
    'left',
  ]);
});

it('tells its figures once a second, until it leaves', async () => {
  const seen: number[] = [];
  player.on('stats', ({ framesReceived }) => seen.push(framesReceived));
  await player.connect(CONFIG);
  vi.advanceTimersByTime(1000);
  speak(1);
  vi.advanceTimersByTime(2000);
  await player.disconnect();
  vi.advanceTimersByTime(5000);
  expect(seen).toEqual([0, 1, 1]);
});

it('speech that stops in the middle is a stall: the face rests, and the page is told', async () => {
  const told: string[] = [];
  for (const name of ['playing', 'stalled', 'idle'] as const)
    player.on(name, () => told.push(name));
  await player.connect(CONFIG);
  speak(1);
  vi.advanceTimersByTime(2900);
  expect(told).toEqual(['playing']);
  vi.advanceTimersByTime(500);
  expect(told).toEqual(['playing', 'idle', 'stalled']);
});

it('sums the session up, also after its end, and begins anew with the next', async () => {
  await player.connect(CONFIG);
  speak(1);
  vi.advanceTimersByTime(2000);
  provider.listener?.onClear(1);
  speak(2);
  vi.advanceTimersByTime(1000);
  speak(2, true);
  provider.listener?.onDrop('lost', 3);
  provider.tell('reconnecting');
  vi.advanceTimersByTime(500);
  provider.tell('connected');
  vi.advanceTimersByTime(1000);
  provider.stats = { bufferMs: 10, audioLevel: 0, underruns: 2, caughtUpMs: 40 };
  await player.disconnect();
  vi.advanceTimersByTime(9000);
  expect(player.sessionSummary).toEqual({
    connectedMs: 4000,
    speechMs: 3000,
    turns: 2,
    interrupts: 1,
    stalls: 0,
    reconnects: 1,
    framesReceived: 3,
    framesRendered: 0,
    dropped: { lost: 3, frame_duplicate: 1 },
    underruns: 2,
    caughtUpMs: 40,
    skew: undefined,
  });
  await player.connect(CONFIG);
  expect(player.sessionSummary).toMatchObject({ connectedMs: 0, turns: 0, dropped: {} });
});

it('a second connect() before the first has ended owns the view', async () => {
  let refuse: (error: Error) => void = () => undefined;
  provider.answer = new Promise((_, reject) => (refuse = reject));
  const first = player.connect(CONFIG);
  provider.answer = Promise.resolve();
  await player.connect({ ...CONFIG, channel: 'other' });
  refuse(new Error('closed'));
  await expect(first).rejects.toThrow('closed');
  expect(source).toBeDefined();
  expect(player.isConnected).toBe(true);
});

describe('a page', () => {
  it('that goes away leaves the channel, and joins again when the browser brings it back', async () => {
    await player.connect(CONFIG);
    page('pagehide', true);
    await vi.waitFor(() => {
      expect(provider.calls).toEqual(['connect lobby', 'disconnect']);
    });
    page('pageshow', false); // the first time that a page is shown says nothing
    page('pageshow', true);
    await vi.waitFor(() => {
      expect(player.isConnected).toBe(true);
    });
    expect(provider.calls.at(-1)).toBe('connect lobby');
  });

  it('that has left by itself is left alone', async () => {
    await player.connect(CONFIG);
    await player.disconnect();
    const calls = provider.calls.length;
    page('pagehide', true);
    page('pageshow', true);
    await Promise.resolve();
    expect(provider.calls.length).toBe(calls);
  });
});

describe('the user’s sound', () => {
  class Track {
    readonly id: string;
    onended: (() => void) | null = null;
    stopped = false;
    constructor(id: string) {
      this.id = id;
    }
    stop(): void {
      this.stopped = true;
    }
  }
  let microphone: Track;

  beforeEach(async () => {
    microphone = new Track('microphone');
    const stream = { getAudioTracks: (): Track[] => [microphone] };
    vi.stubGlobal('navigator', { mediaDevices: { getUserMedia: () => Promise.resolve(stream) } });
    await player.connect(CONFIG);
    provider.calls.length = 0;
  });

  it('comes from the microphone unless the page has a track, and what was opened is closed', async () => {
    await player.publishAudio();
    await player.startPublishing(); // again: nothing happens
    await player.unpublishAudio();
    expect(microphone.stopped).toBe(true);
    const own = new Track('own');
    await player.publishAudio(own as unknown as MediaStreamTrack);
    await player.unpublishAudio();
    expect(own.stopped).toBe(false);
    expect(provider.calls).toEqual(['publish microphone', 'unpublish', 'publish own', 'unpublish']);
  });

  it('of a microphone that is unplugged ends with a sentence, and another can be opened', async () => {
    const codes: string[] = [];
    player.on('error', ({ code }) => codes.push(code));
    await player.startPublishing();
    microphone.onended?.();
    await vi.waitFor(() => {
      expect(codes).toEqual(['microphone_lost']);
    });
    microphone = new Track('other');
    await player.startPublishing();
    expect(provider.calls).toEqual(['publish microphone', 'unpublish', 'publish other']);
  });
});
