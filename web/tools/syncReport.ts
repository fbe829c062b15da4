import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import '../apps/demo/src/stats.ts';
import { openBrowser } from '../tests/e2e/browser.ts';
import { heardAt, reduce, type Track } from './sync/alignment.ts';
import { Listener } from './sync/listener.ts';
import { insistOnWebSocket, Objection, silenceMs } from './sync/objection.ts';
import { decode, observe, pictures, sound } from './sync/observer.ts';

const USAGE = `Measure sync, interrupt and start-up of a running demo page.

    npm run sync-report -- --url URL --out FILE [--seconds 60] [--stops 5] [--quality low|high]

Plays speech in headless Chromium. What really leaves the audio graph is recorded and matched with the channel's
packets, which a second member receives; the media time heard is then compared with the one that each picture shows.`;

const LOOKAHEAD_S = 0.0065;
const SENTENCES = [
  'Peter packed a big box of maps for Bob, and the morning moved on without a sound.',
  'Seven silver ships sailed slowly past the harbour while we watched from the wall.',
  'You may think that five vivid flowers are few, but they brighten the whole room.',
];
const LOUD = 0.01;
/** For what a page does after its start. */
const SETTLE_MS = 1000;
/** How often a start is timed: a single one says little. */
const OPENINGS = 5;

/** From opening the page to the face on the screen. */
interface Faces {
  /** In a browser that is running, with nothing cached; the median of five, as the next. */
  readonly connect_to_face_ms: number;
  /** Of a page that this browser has shown before. */
  readonly connect_to_face_cached_ms: number;
  /** Of the first page after the browser's start: its own start-up counts, too. */
  readonly connect_to_face_fresh_browser_ms: number;
}

interface Report extends Faces {
  readonly skew_ms: { readonly p50: number; readonly p95: number; readonly n: number };
  readonly flush_to_silence_ms: { readonly p50: number; readonly max: number; readonly n: number };
  readonly pictures_per_s: number;
  readonly dropped: Readonly<Record<string, number>>;
  readonly underruns: number;
}

/** The command. */
export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      url: { type: 'string' },
      out: { type: 'string' },
      seconds: { type: 'string', default: '60' },
      stops: { type: 'string', default: '5' },
      quality: { type: 'string', default: 'low' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help || values.url === undefined || values.out === undefined) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  const url = new URL(values.url);
  url.searchParams.set('quality', values.quality);
  let report: Report;
  try {
    report = await measure(url.href, Number(values.seconds), Number(values.stops));
  } catch (error) {
    if (!(error instanceof Objection)) throw error;
    console.error(error.message);
    return 1;
  }
  writeFileSync(values.out, `${JSON.stringify(report, null, 2)}\n`);
  console.log(JSON.stringify(report));
  return 0;
}

async function measure(url: string, seconds: number, stops: number): Promise<Report> {
  const listener = await Listener.join(url);
  const browser = await openBrowser();
  try {
    const { page, faces } = await openings(browser, url);
    return await converse(page, listener, seconds, stops, faces).catch(async (error: unknown) => {
      await insist(page); // a page that changed says why nothing more was to be found
      throw error;
    });
  } finally {
    listener.close();
    await browser.close();
  }
}

/** Open the page in a browser just started, with nothing cached, and again; it stays open. */
async function openings(browser: Browser, url: string): Promise<{ page: Page; faces: Faces }> {
  const fresh = await open(browser, url);
  let { page } = fresh;
  const uncached: number[] = [];
  for (let i = 0; i < OPENINGS; i++) {
    await page.context().close();
    const opened = await open(browser, url);
    uncached.push(opened.faceMs);
    ({ page } = opened);
  }
  const cached: number[] = [];
  for (let i = 0; i < OPENINGS; i++) {
    await page.goto('about:blank');
    cached.push((await open(page, url)).faceMs);
  }
  const faces = {
    connect_to_face_ms: percentile(uncached, 0.5),
    connect_to_face_cached_ms: percentile(cached, 0.5),
    connect_to_face_fresh_browser_ms: fresh.faceMs,
  };
  return { page, faces };
}

/** Open the demo's page and wait until it shows its face and has joined. */
async function open(where: Browser | Page, url: string): Promise<{ page: Page; faceMs: number }> {
  const page =
    'newPage' in where ? await where.newPage({ viewport: { width: 480, height: 480 } }) : where;
  await page.goto(url);
  await page.waitForFunction(
    () => {
      const { connectToFaceMs, connectionState } = window.avamotion.stats();
      return connectToFaceMs !== undefined && connectionState === 'connected';
    },
    undefined,
    { timeout: 60_000 },
  );
  await page.waitForTimeout(SETTLE_MS);
  const faceMs = await page.evaluate(() => window.avamotion.stats().connectToFaceMs ?? NaN);
  return { page, faceMs: Math.round(faceMs) };
}

async function converse(
  page: Page,
  listener: Listener,
  seconds: number,
  stops: number,
  faces: Faces,
): Promise<Report> {
  await observe(page);
  let spokenS = 0;
  for (let i = 0; spokenS < seconds; i++) {
    spokenS += await speak(page, SENTENCES[i % SENTENCES.length] as string);
    await insist(page);
    console.error(`spoken ${spokenS.toFixed(0)} of ${String(seconds)} s`);
  }
  const skews = await distances(page, listener);
  const silences: number[] = [];
  for (let i = 0; i < stops; i++) {
    silences.push(await interrupt(page));
    await insist(page);
  }
  const figures = await page.evaluate(() => window.avamotion.stats());
  return {
    skew_ms: { p50: percentile(skews, 0.5), p95: percentile(skews, 0.95), n: skews.length },
    flush_to_silence_ms: {
      p50: percentile(silences, 0.5),
      max: percentile(silences, 1),
      n: stops,
    },
    ...faces,
    pictures_per_s: Math.round(figures.fps * 10) / 10,
    dropped: figures.dropped,
    underruns: figures.underruns,
  };
}

/** Insist that the page still plays by the way that is measured. */
async function insist(page: Page): Promise<void> {
  insistOnWebSocket(await page.evaluate(() => window.avamotion.provider.name));
}

/** Have a sentence spoken to its end; seconds of speech. */
async function speak(page: Page, text: string): Promise<number> {
  await page.fill('#text', text);
  await page.keyboard.press('Enter');
  const state = (wanted: string): Promise<unknown> =>
    page.waitForFunction((one) => window.avamotion.stats().conversationState === one, wanted, {
      timeout: 60_000,
    });
  await state('playing');
  const began = performance.now();
  await state('idle');
  return (performance.now() - began) / 1000;
}

/** Media time drawn minus media time heard for every picture of speech, milliseconds. */
async function distances(page: Page, listener: Listener): Promise<number[]> {
  const { startS, samples } = await sound(page);
  const recording: Track = { startS, samples: reduce(samples) };
  const references = new Map<number, Track>();
  const found: number[] = [];
  for (const { audibleS, shownMs, turn } of await pictures(page)) {
    const sent = listener.turns.get(turn);
    if (sent === undefined) continue;
    let reference = references.get(turn);
    if (reference === undefined) {
      const first = (sent.ptsUs[0] as number) / 1e6;
      reference = { startS: first - LOOKAHEAD_S, samples: reduce(await decode(page, sent.opus)) };
      references.set(turn, reference);
    }
    const heardS = heardAt(recording, audibleS, reference, shownMs / 1000);
    if (heardS !== undefined) found.push(shownMs - heardS * 1000);
  }
  return found;
}

/** Stop in the middle of a sentence; milliseconds until the last loud sample has been heard. */
async function interrupt(page: Page): Promise<number> {
  await page.fill('#text', SENTENCES.join(' '));
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => window.avamotion.stats().audioLevel > 0.02, undefined, {
    timeout: 60_000,
  });
  await page.waitForTimeout(700);
  await page.waitForFunction(() => window.avamotion.stats().audioLevel > 0.02, undefined, {
    timeout: 60_000,
  });
  // The audio clock that was audible at the moment of the stop.
  const stoppedS = await page.evaluate(() => {
    const context = window.avamotion.provider.audioNode?.context as AudioContext;
    const { contextTime = 0, performanceTime = 0 } = context.getOutputTimestamp();
    document.getElementById('stop')?.click();
    return contextTime + (performance.now() - performanceTime) / 1000;
  });
  await page.waitForTimeout(1500);
  const { startS, samples } = await sound(page);
  const last = samples.findLastIndex((sample) => Math.abs(sample) > LOUD);
  return silenceMs(stoppedS, last < 0 ? -Infinity : startS + last / 48_000);
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.map(Math.abs).sort((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
  return Math.round(value * 10) / 10;
}
