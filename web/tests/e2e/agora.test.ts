import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import type { IAgoraRTC, IAgoraRTCClient } from 'agora-rtc-sdk-ng';
import { beforeAll, expect, it } from 'vitest';
import type * as client from '../../packages/client/src/index.ts';
import { useStand } from './harness.ts';

const SDK = createRequire(import.meta.url).resolve('agora-rtc-sdk-ng');
const CLIENT = fileURLToPath(new URL('../../packages/client/src/index.ts', import.meta.url));
/** What our server writes, as Agora's own reader hands it over. */
const SEI = JSON.parse(
  readFileSync(new URL('../fixture/sei.json', import.meta.url), 'utf8'),
) as readonly { readonly body: string }[];
const APP_ID = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';

declare global {
  interface Window {
    client: typeof client;
    AgoraRTC: IAgoraRTC;
  }
}

const stand = useStand();
let page: Page;

beforeAll(async () => {
  page = await stand.browser.newPage();
  // Up to the network's edge and no further.
  await page.route(
    (url) => url.hostname !== '127.0.0.1',
    (route) => route.abort(),
  );
  await page.goto(`${stand.demo.url}avatar.html`);
  const content = `import * as client from '/@fs${CLIENT}'; window.client = client;`;
  await page.addScriptTag({ path: SDK }); // leaves AgoraRTC on the window
  await page.addScriptTag({ type: 'module', content });
  await page.waitForFunction(() => 'client' in window);
});

it('the real SDK of Agora is loaded, made to read SEI, and asked to join', async () => {
  const seen = await page.evaluate(async (appId) => {
    const { AgoraProvider, AvatarPlayer } = window.client;
    const provider = new AgoraProvider();
    const player = new AvatarPlayer(
      provider,
      { setPoseSource: () => undefined },
      { logLevel: 'off' },
    );
    const states: string[] = [];
    player.on('connection-state-changed', (state) => states.push(state));
    const joining = player
      .connect({ appId, channel: 'lobby', token: '007x', uid: 5 })
      .catch((error: unknown) => {
        return (error as Error).message;
      });
    const loading = performance.now() + 30_000;
    while (player.getNativeClient() === null && performance.now() < loading)
      await new Promise((done) => setTimeout(done, 20));
    const native = player.getNativeClient() as {
      codec: string;
      mode: string;
      role: string;
      connectionState: string;
    };
    const { codec, mode, role } = native;
    while (native.connectionState === 'DISCONNECTED')
      await new Promise((done) => setTimeout(done, 20));
    await player.disconnect();
    return { codec, mode, role, states, message: await joining };
  }, APP_ID);
  expect(seen).toMatchObject({ codec: 'h264', mode: 'live', role: 'audience' });
  expect(seen.states).toEqual(['connecting', 'disconnected']);
  expect(seen.message).toMatch(/Agora does not let this page join/);
});

it('motion and interrupts that come as the events of Agora’s own client and tracks move the face', async () => {
  const seen = await page.evaluate(
    async ({ appId, bodies }) => {
      const { AgoraProvider, AvatarPlayer, Pose, blendShapeIndex } = window.client;
      const sdk = window.AgoraRTC;
      const context = new AudioContext();
      const tone = context.createOscillator();
      const sound = context.createMediaStreamDestination();
      tone.connect(sound);
      tone.start();
      const picture = document.createElement('canvas');
      picture.getContext('2d');
      const tracks = {
        audio: sdk.createCustomAudioTrack({
          mediaStreamTrack: sound.stream.getAudioTracks()[0] as MediaStreamTrack,
        }),
        video: sdk.createCustomVideoTrack({
          mediaStreamTrack: picture.captureStream(1).getVideoTracks()[0] as MediaStreamTrack,
        }),
      };
      const user = { uid: 2001, audioTrack: tracks.audio, videoTrack: tracks.video };
      const native = sdk.createClient({ mode: 'live', codec: 'h264', role: 'audience' });
      // The network's edge: everything on this side of it is the SDK's own.
      const edge = native as unknown as Record<string, unknown>;
      edge['join'] = (): Promise<void> => Promise.resolve();
      edge['leave'] = (): Promise<void> => Promise.resolve();
      edge['subscribe'] = (_: unknown, kind: 'audio' | 'video'): Promise<unknown> =>
        Promise.resolve(tracks[kind]);
      Object.defineProperty(native, 'remoteUsers', { get: () => [user] });
      const emit = (target: unknown, name: string, ...args: unknown[]): void => {
        (target as { emit(name: string, ...args: unknown[]): void }).emit(name, ...args);
      };
      const events: string[] = [];
      let source: client.PoseSource | undefined;
      const player = new AvatarPlayer(
        new AgoraProvider({ client: native as IAgoraRTCClient }),
        { setPoseSource: (wanted) => (source = wanted) },
        { logLevel: 'off' },
      );
      for (const name of ['connected', 'playing', 'interrupted', 'idle'] as const)
        player.on(name, () => events.push(name));
      await player.connect({ appId, channel: 'lobby', token: '007x', uid: 5 });
      emit(native, 'user-published', user, 'audio');
      emit(native, 'user-published', user, 'video');
      await new Promise((done) => setTimeout(done, 50));
      const pose = new Pose();
      let jaw = 0;
      const follow = async (ms: number): Promise<void> => {
        for (const until = performance.now() + ms; performance.now() < until;) {
          pose.reset();
          source?.sample(performance.now(), pose);
          jaw = Math.max(jaw, pose.weights[blendShapeIndex('jawOpen')] ?? 0);
          await new Promise((done) => setTimeout(done, 10));
        }
      };
      for (const hex of bodies.slice(2, 4)) {
        const bytes = Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
        emit(tracks.video, 'sei-received', bytes);
      }
      await follow(300);
      const spoken = { jaw, received: player.getStats().framesReceived };
      const clear = JSON.stringify({ type: 'clear', uid: 2001, epoch: 1 });
      emit(native, 'stream-message', 2001, new TextEncoder().encode(clear));
      await follow(500);
      jaw = 0;
      await follow(50);
      await player.dispose();
      for (const track of Object.values(tracks)) track.close();
      await context.close();
      return { events, spoken, restJaw: jaw, dropped: player.getStats().dropped };
    },
    { appId: APP_ID, bodies: SEI.map(({ body }) => body) },
  );
  expect(seen.spoken.received).toBe(4);
  expect(seen.spoken.jaw).toBeGreaterThan(0.3);
  expect(seen.restJaw).toBeLessThan(0.02);
  expect(seen.events.slice(0, 3)).toEqual(['connected', 'playing', 'interrupted']);
  expect(seen.dropped).toEqual({});
});
