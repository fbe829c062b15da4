import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ConnectionState } from '../player/state.ts';
import type { Playhead } from '../playout/timeline.ts';
import { HostedProvider } from './hostedProvider.ts';
import type { AvatarProvider, ConnectConfig, ProviderListener } from './provider.ts';

/** A transport that says what a test wants. */
class FakeTransport implements AvatarProvider {
  readonly name: string;
  listener: ProviderListener | undefined;
  connected = false;
  refusals = 0;
  underruns = 0;
  volume = 0;

  constructor(name: string) {
    this.name = name;
  }

  connect(_: ConnectConfig, listener: ProviderListener): Promise<void> {
    if (this.refusals-- > 0) return Promise.reject(new Error('uid_taken'));
    this.listener = listener;
    this.connected = true;
    listener.onConnectionState('connected');
    return Promise.resolve();
  }

  disconnect(): Promise<void> {
    this.connected = false;
    this.listener?.onConnectionState('disconnected');
    return Promise.resolve();
  }

  playhead(_: number, target: Playhead): boolean {
    target.turn = 1;
    target.ptsUs = 20_000;
    return true;
  }

  getStats() {
    return { bufferMs: 0, audioLevel: 0, underruns: this.underruns, caughtUpMs: 0 };
  }

  setVolume(volume: number): void {
    this.volume = volume;
  }

  getVolume = (): number => this.volume;
  getNativeClient = (): null => null;
  sendMessage = (): void => undefined;
  unlockAudio = (): Promise<void> => Promise.resolve();
  publishAudio = (): Promise<void> => Promise.resolve();
  unpublishAudio = (): Promise<void> => Promise.resolve();
}

const OPTIONS = { targetS: 0.04, maxDelayS: 0.08 };

function listen(): ProviderListener & { states: ConnectionState[]; turns: number[] } {
  const states: ConnectionState[] = [];
  const turns: number[] = [];
  return {
    states,
    turns,
    onConnectionState: (state) => states.push(state),
    onMotion: (turn) => turns.push(turn),
    onAudioAllowed: () => undefined,
    onTurn: () => undefined,
    onClear: () => undefined,
    onPlaying: () => undefined,
    onMessage: () => undefined,
    onDrop: () => undefined,
    onError: () => undefined,
  };
}

function hosting(
  websocket: AvatarProvider | undefined,
  webrtc: AvatarProvider | undefined,
  offered: boolean = true,
): HostedProvider {
  return new HostedProvider({
    websocket: () => websocket,
    webrtc: () => webrtc,
    offersWebrtc: () => Promise.resolve(offered),
  });
}

describe('HostedProvider', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('takes the WebSocket where the browser can', async () => {
    const websocket = new FakeTransport('local');
    const hosted = hosting(websocket, undefined);
    const heard = listen();
    await hosted.connect({}, heard, OPTIONS);
    expect([hosted.name, websocket.connected, websocket.volume]).toEqual(['local', true, 1]);
    await hosted.disconnect();
    expect(heard.states).toEqual(['connected', 'disconnected']);
  });

  it('takes WebRTC where audio worklets are missing', async () => {
    const webrtc = new FakeTransport('webrtc');
    const hosted = hosting(undefined, webrtc);
    await hosted.connect({}, listen(), OPTIONS);
    expect(hosted.name).toBe('webrtc');
    await hosted.disconnect();
  });

  it('says so where there is neither', async () => {
    const hosted = hosting(undefined, undefined);
    await expect(hosted.connect({}, listen(), OPTIONS)).rejects.toThrow('neither audio worklets');
  });

  it('says so where audio worklets are missing and the server has no WebRTC', async () => {
    const hosted = hosting(undefined, new FakeTransport('webrtc'), false);
    await expect(hosted.connect({}, listen(), OPTIONS)).rejects.toThrow('no audio worklets');
  });

  it('changes to WebRTC when the WebSocket stutters, and counts turns on', async () => {
    const [websocket, webrtc] = [new FakeTransport('local'), new FakeTransport('webrtc')];
    webrtc.refusals = 1; // the old connection still holds the uid
    const hosted = hosting(websocket, webrtc);
    const heard = listen();
    await hosted.connect({}, heard, OPTIONS);
    hosted.setVolume(0.5);
    websocket.listener?.onMotion(7, [], true);
    websocket.underruns = 5;
    await vi.advanceTimersByTimeAsync(2000);
    expect([hosted.name, websocket.connected, webrtc.connected]).toEqual(['webrtc', false, true]);
    expect(heard.states).toEqual(['connected', 'reconnecting', 'connected']);
    expect(webrtc.volume).toBe(0.5);
    websocket.listener?.onMotion(8, [], true); // too late: it was left
    webrtc.listener?.onMotion(1, [], true);
    expect(heard.turns).toEqual([7, 8]);
    const target = { turn: 0, ptsUs: 0 };
    expect(hosted.playhead(0, target)).toBe(true);
    expect(target.turn).toBe(8);
    await hosted.disconnect();
  });

  it('stays with a WebSocket that stutters where the server has no WebRTC', async () => {
    const [websocket, webrtc] = [new FakeTransport('local'), new FakeTransport('webrtc')];
    const hosted = hosting(websocket, webrtc, false);
    const heard = listen();
    await hosted.connect({}, heard, OPTIONS);
    websocket.underruns = 9;
    await vi.advanceTimersByTimeAsync(5000);
    expect([hosted.name, websocket.connected, webrtc.connected]).toEqual(['local', true, false]);
    expect(heard.states).toEqual(['connected']);
    await hosted.disconnect();
  });

  it('forgives a stumble now and then', async () => {
    const [websocket, webrtc] = [new FakeTransport('local'), new FakeTransport('webrtc')];
    const hosted = hosting(websocket, webrtc);
    await hosted.connect({}, listen(), OPTIONS);
    for (let k = 0; k < 5; k++) {
      websocket.underruns++;
      await vi.advanceTimersByTimeAsync(15_000);
    }
    expect(hosted.name).toBe('local');
    await hosted.disconnect();
  });

  it('lets a buffer that ran dry grow before it leaves the WebSocket', async () => {
    const [websocket, webrtc] = [new FakeTransport('local'), new FakeTransport('webrtc')];
    const hosted = hosting(websocket, webrtc);
    await hosted.connect({}, listen(), OPTIONS);
    websocket.underruns = 4;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(hosted.name).toBe('local');
    await hosted.disconnect();
  });

  it('goes back to the WebSocket where WebRTC does not come about', async () => {
    const [websocket, webrtc] = [new FakeTransport('local'), new FakeTransport('webrtc')];
    webrtc.refusals = Infinity;
    const hosted = hosting(websocket, webrtc);
    const heard = listen();
    await hosted.connect({}, heard, OPTIONS);
    websocket.underruns = 5;
    await vi.advanceTimersByTimeAsync(5000);
    expect([hosted.name, websocket.connected]).toEqual(['local', true]);
    expect(heard.states.at(-1)).toBe('connected');
    await hosted.disconnect();
  });
});
