import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type * as client from '../../packages/client/src/index.ts';
import { openBrowser } from './browser.ts';
import { serveDemo, type Demo } from './harness.ts';

const CLIENT = fileURLToPath(new URL('../../packages/client/src/index.ts', import.meta.url));
const APP_ID = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';

declare global {
  interface Window {
    client: typeof client;
  }
}

let demo: Demo;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  demo = await serveDemo();
  browser = await openBrowser();
  page = await browser.newPage();
  // Up to the network's edge and no further.
  await page.route(
    (url) => url.hostname !== '127.0.0.1',
    (route) => route.abort(),
  );
  await page.goto(`${demo.url}avatar.html`);
  const content = `import * as client from '/@fs${CLIENT}'; window.client = client;`;
  await page.addScriptTag({ type: 'module', content });
  await page.waitForFunction(() => 'client' in window);
});

afterAll(async () => {
  await browser.close();
  await demo.close();
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
