import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { createServer, type ViteDevServer } from 'vite';
import { bundleText } from '../../tools/bundle.ts';
import { ChannelServer } from '../server/channelServer.ts';
import { demoServer } from '../server/devServer.ts';

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
