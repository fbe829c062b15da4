import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createServer } from 'vite';
import { openBrowser } from '../tests/e2e/browser.ts';
import { demoServer } from '../tests/server/devServer.ts';
import { bundleText } from './bundle.ts';
import type { Layout, Tile, Weights } from './sheet/page.ts';

const USAGE = `Photograph every avatar with twelve expressions, as the renderer draws them.

    npm run contact-sheet -- --device desktop|phone --out FILE.jpg [--people mia,ada,leo,kenji] [--expressions FILE.json]

A desktop shows the full model, a phone the low one on an upright screen. Expressions of your own, or the frames of a clip, are one
JSON object: each label and its blend-shape weights, {"rest": {}, "ah": {"jawOpen": 0.5}}.`;

interface Device {
  readonly detail: 'full' | 'low';
  readonly width: number;
  readonly height: number;
  readonly layout: Layout;
}

const DEVICES: Readonly<Record<string, Device>> = {
  desktop: {
    detail: 'full',
    width: 480,
    height: 480,
    layout: { columns: 6, width: 240, height: 240 },
  },
  phone: {
    detail: 'low',
    width: 390,
    height: 844,
    layout: { columns: 12, width: 130, height: 281 },
  },
};

const from = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The command. */
export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      device: { type: 'string', default: 'desktop' },
      out: { type: 'string' },
      people: { type: 'string', default: 'mia,ada,leo,kenji' },
      expressions: { type: 'string', default: from('../../tools/assets/expressions.json') },
      help: { type: 'boolean', default: false },
    },
  });
  const device = DEVICES[values.device];
  if (values.help || values.out === undefined || device === undefined) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  const expressions = JSON.parse(readFileSync(values.expressions, 'utf8')) as Record<
    string,
    Weights
  >;
  const jpeg = await photograph(values.people.split(','), device, expressions);
  writeFileSync(values.out, jpeg);
  return 0;
}

async function photograph(
  people: readonly string[],
  device: Device,
  expressions: Readonly<Record<string, Weights>>,
): Promise<Buffer> {
  const server = await createServer({
    configFile: false,
    root: from('sheet'),
    logLevel: 'error',
    plugins: [bundleText(), demoServer()],
    resolve: {
      alias: {
        '@avamotion/client': from('../packages/client/src/index.ts'),
        '@avamotion/renderer': from('../packages/renderer/src/index.ts'),
      },
    },
    server: { port: 0, host: '127.0.0.1', hmr: false },
  });
  await server.listen();
  const browser = await openBrowser();
  try {
    const page = await browser.newPage({
      viewport: { width: device.width, height: device.height },
      reducedMotion: 'reduce',
    });
    await page.goto(server.resolvedUrls?.local[0] ?? '', { timeout: 120_000 });
    const tiles: Tile[] = [];
    for (const person of people) {
      for (const [label, weights] of Object.entries(expressions)) {
        await page.evaluate(async ([id, detail, pose]) => window.show(id, detail, pose), [
          person,
          device.detail,
          weights,
        ] as const);
        const picture = await page.screenshot({ type: 'png', timeout: 120_000 });
        tiles.push({ url: `data:image/png;base64,${picture.toString('base64')}`, label });
      }
      console.error(`photographed ${person}`);
    }
    const url = await page.evaluate(async ([all, layout]) => window.layOut(all, layout), [
      tiles,
      device.layout,
    ] as const);
    return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
  } finally {
    await browser.close();
    await server.close();
  }
}
