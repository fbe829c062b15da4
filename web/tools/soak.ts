import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { CDPSession } from 'playwright-core';
import { openBrowser } from '../tests/e2e/browser.ts';
import { serveDemo, untilReady } from '../tests/e2e/harness.ts';

const SAMPLE_EVERY_S = 20;
/** What fills caches and compiles is no leak: samples before this are left out of the fit. */
const WARM_UP_S = 180;
const TURN_PACKETS = 40;
const TURN_EVERY_MS = 1000;
const LIMIT_MB_PER_HOUR = 3;

interface Sample {
  readonly atS: number;
  readonly heapMb: number;
}

/**
 * Hold a conversation of many turns in Chromium and look whether memory grows: `soak.ts --minutes N`.
 *
 * A turn begins every second; each third is interrupted, and each fortieth loses its connection.
 */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { minutes: { type: 'string' } } });
  const minutes = Number(values.minutes ?? 10);
  if (!(minutes >= 6)) {
    console.error('Name at least six minutes: npm run soak -- --minutes 10');
    return 2;
  }
  const demo = await serveDemo();
  const browser = await openBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 320, height: 240 } });
    await page.goto(`${demo.url}?quality=low`);
    await untilReady(page);
    const session = await page.context().newCDPSession(page);
    const began = performance.now();
    const samples: Sample[] = [];
    for (let turn = 1; performance.now() - began < minutes * 60_000; turn++) {
      demo.channel.speak(TURN_PACKETS);
      await wait(TURN_EVERY_MS / 2);
      if (turn % 3 === 0) demo.channel.clear();
      if (turn % 40 === 0) demo.channel.cutAll();
      await wait(TURN_EVERY_MS / 2);
      const atS = (performance.now() - began) / 1000;
      if (atS < (samples.length + 1) * SAMPLE_EVERY_S) continue;
      const heapMb = await heapAfterGc(session);
      samples.push({ atS, heapMb });
      console.log(`${atS.toFixed(0)} s, turn ${String(turn)}: ${heapMb.toFixed(2)} MB`);
    }
    const { summary } = await page.evaluate(() => ({
      summary: window.avamotion.player?.sessionSummary,
    }));
    console.log(JSON.stringify(summary));
    return judge(samples.filter(({ atS }) => atS >= WARM_UP_S));
  } finally {
    await browser.close();
    await demo.close();
  }
}

async function heapAfterGc(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  return usedSize / 1e6;
}

/** Fit a line; growth counts only where it is more than twice its own uncertainty. */
function judge(samples: readonly Sample[]): number {
  const n = samples.length;
  const meanS = samples.reduce((sum, { atS }) => sum + atS, 0) / n;
  const meanMb = samples.reduce((sum, { heapMb }) => sum + heapMb, 0) / n;
  const spread = samples.reduce((sum, { atS }) => sum + (atS - meanS) ** 2, 0);
  const slope =
    samples.reduce((sum, { atS, heapMb }) => sum + (atS - meanS) * (heapMb - meanMb), 0) / spread;
  const errors = samples.map(({ atS, heapMb }) => heapMb - meanMb - slope * (atS - meanS));
  const deviation = Math.sqrt(
    errors.reduce((sum, error) => sum + error ** 2, 0) / (n - 2) / spread,
  );
  const [perHour, uncertainty] = [slope * 3600, 2 * deviation * 3600];
  console.log(
    `heap after collection ${meanMb.toFixed(2)} MB, growth ${perHour.toFixed(2)} ± ${uncertainty.toFixed(2)} MB per hour`,
  );
  if (perHour - uncertainty <= LIMIT_MB_PER_HOUR) return 0;
  console.error(`Memory grows by more than ${String(LIMIT_MB_PER_HOUR)} MB per hour.`);
  return 1;
}
