import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Browser } from 'playwright-core';
import { createServer } from 'vite';
import { openBrowser } from '../tests/e2e/browser.ts';
import { demoServer } from '../tests/server/devServer.ts';
import { bundleText } from './bundle.ts';
import type { Layout, Shot, Tile, Weights } from './sheet/page.ts';

const USAGE = `Photograph every avatar with twelve expressions, as the renderer draws them.

    npm run contact-sheet -- --device desktop|phone --out FILE.jpg [--people mia,ada,leo,kenji] [--expressions FILE.json]

A desktop shows the full model, a phone the low one on an upright screen. Expressions of your own, or the frames of a clip, are one
JSON object: each label and its blend-shape weights, {"rest": {}, "ah": {"jawOpen": 0.5}}.`;

interface Device extends Shot {
  readonly width: number;
  readonly height: number;
  readonly layout: Layout;
}

const DEVICES: Readonly<Record<string, Device>> = {
  desktop: {
    detail: 'full',
    transform: { x: 0, y: -0.11, scale: 1.3 }, // heads fill the small pictures
    width: 480,
    height: 480,
    layout: { columns: 6, width: 240, height: 240 },
  },
  phone: {
    detail: 'low',
    transform: { x: 0, y: 0, scale: 1 },
    width: 390,
    height: 844,
    layout: { columns: 12, width: 130, height: 281 },
  },
};

/** Per picture: where the processor draws and has other work, one can take half a minute. */
const PATIENCE_MS = 180_000;
const ATTEMPTS = 3;

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
  const url = server.resolvedUrls?.local[0] ?? '';
  const browser = await openBrowser();
  try {
    const tiles: Tile[] = [];
    for (const person of people)
      tiles.push(...(await portraits(browser, url, person, device, Object.entries(expressions))));
    const page = await browser.newPage();
    await page.goto(url, { timeout: PATIENCE_MS });
    const sheet = await page.evaluate(async ([all, layout]) => window.layOut(all, layout), [
      tiles,
      device.layout,
    ] as const);
    return Buffer.from(sheet.slice(sheet.indexOf(',') + 1), 'base64');
  } finally {
    await browser.close();
    await server.close();
  }
}

/** Photograph one avatar: in a page of its own, and in another one where that came to a stop. */
async function portraits(
  browser: Browser,
  url: string,
  person: string,
  device: Device,
  expressions: readonly (readonly [string, Weights])[],
): Promise<readonly Tile[]> {
  const tiles: Tile[] = [];
  for (let attempt = 1; tiles.length < expressions.length; attempt++) {
    const page = await browser.newPage({
      viewport: { width: device.width, height: device.height },
      reducedMotion: 'reduce',
    });
    try {
      await page.goto(url, { timeout: PATIENCE_MS });
      for (const [label, weights] of expressions.slice(tiles.length)) {
        const picture = page.evaluate(
          async ([id, pose, shot]) => window.photograph(id, pose, shot),
          [person, weights, { detail: device.detail, transform: device.transform }] as const,
        );
        tiles.push({ url: await inTime(picture, `${person}, ${label}`), label });
        console.error(`${person}: ${String(tiles.length)} of ${String(expressions.length)}`);
      }
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      console.error(`${String(error)}; trying again`);
    } finally {
      await page.close();
    }
  }
  return tiles;
}

async function inTime<T>(result: Promise<T>, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${what}: no picture within ${String(PATIENCE_MS / 1000)} s`));
    }, PATIENCE_MS);
  });
  return Promise.race([result, late]).finally(() => {
    clearTimeout(timer);
  });
}
