import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { createServer, type ViteDevServer } from 'vite';
import { afterAll, beforeAll } from 'vitest';
import { bundleText } from '../../tools/bundle.ts';
import { ChannelServer } from '../server/channelServer.ts';
import { demoServer } from '../server/devServer.ts';
import { openBrowser } from './browser.ts';

const from = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The demo page on a server of its own. */
export interface Demo {
  readonly channel: ChannelServer;
  readonly url: string;
  close(): Promise<void>;
}

/** Serve the demo page together with a channel that speaks a computed sound. */
export async function serveDemo(): Promise<Demo> {
  const channel = new ChannelServer();
  const server: ViteDevServer = await createServer({
    configFile: false,
    root: from('../../apps/demo'),
    logLevel: 'error',
    plugins: [bundleText(), demoServer(channel)],
    resolve: {
      alias: {
        '@avamotion/client': from('../../packages/client/src/index.ts'),
        '@avamotion/renderer': from('../../packages/renderer/src/index.ts'),
      },
    },
    server: { port: 0, host: '127.0.0.1', hmr: false, cors: false },
  });
  await server.listen();
  const url = server.resolvedUrls?.local[0];
  if (url === undefined) throw new Error('the test server has no address');
  return {
    channel,
    url,
    close: async () => {
      channel.close();
      await server.close();
    },
  };
}

/** What the tests of a file share. */
export interface Stand {
  readonly demo: Demo;
  readonly browser: Browser;
  /** Open the demo page and wait for the face. */
  openFace(width: number, height: number): Promise<Page>;
}

/** Serve the demo and start a browser before the tests of a file, and close both after them. */
export function useStand(sound: 'allowed' | 'blocked' = 'allowed'): Stand {
  let demo: Demo | undefined;
  let browser: Browser | undefined;
  beforeAll(async () => {
    demo = await serveDemo();
    browser = await openBrowser(sound);
  });
  afterAll(async () => {
    await browser?.close();
    await demo?.close();
  });
  const begun = <T>(part: T | undefined): T => {
    if (part === undefined) throw new Error('the tests have not begun');
    return part;
  };
  return {
    get demo(): Demo {
      return begun(demo);
    },
    get browser(): Browser {
      return begun(browser);
    },
    openFace: async (width, height) => {
      const page = await begun(browser).newPage({ viewport: { width, height } });
      await page.goto(`${begun(demo).url}?quality=low`);
      await untilReady(page);
      return page;
    },
  };
}

/** Wait until the face is on the screen and the channel joined. */
export async function untilReady(page: Page): Promise<void> {
  await page.waitForFunction(
    () => {
      const figures = window.avamotion.stats();
      return figures.connectToFaceMs !== undefined && figures.connectionState === 'connected';
    },
    undefined,
    { timeout: 60_000 },
  );
}
