import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FIXTURE, type Weather } from '../server/channelServer.ts';
import { withoutWebCodecs } from './browser.ts';
import { untilReady, useStand } from './harness.ts';
import { forget, recording, watch, type Recording } from './probe.ts';
import { CLICK_MS, percentile, skews } from './skew.ts';

const stand = useStand();
let page: Page;

/** Speak the whole fixture under some weather and wait for its end. */
async function speak(weather: Weather): Promise<Recording> {
  stand.demo.channel.weather = weather;
  stand.demo.channel.speak();
  await page.waitForFunction(() => window.avamotion.stats().conversationState === 'playing');
  await page.waitForFunction(
    () => window.avamotion.stats().conversationState === 'idle',
    undefined,
    {
      timeout: 30_000,
    },
  );
  return recording(page);
}

describe.each(['WebCodecs', 'WebAssembly'])('with %s', (decoder) => {
  const scripts: string[] = [];

  beforeAll(async () => {
    page = await stand.browser.newPage({ viewport: { width: 640, height: 480 } });
    if (decoder === 'WebAssembly') await withoutWebCodecs(page);
    page.on('request', (request) => scripts.push(request.url()));
    await page.goto(`${stand.demo.url}?quality=low`);
    await untilReady(page);
    await watch(page, FIXTURE.threshold);
  });

  afterAll(async () => {
    await page.close();
  });

  beforeEach(async () => {
    await forget(page);
  });

  it('takes the decoder that is not the browser’s only where it has none', () => {
    const loaded = scripts.some((url) => url.includes('wasmDecoder'));
    expect(loaded).toBe(decoder === 'WebAssembly');
  });

  it('draws what is heard', async () => {
    const seen = await speak({});
    const distances = skews(seen);
    expect(seen.onsetsS.length).toBe(FIXTURE.clicks_ms.length);
    expect(distances.length).toBeGreaterThan(15);
    expect(percentile(distances, 0.95)).toBeLessThanOrEqual(20);
  });

  it('draws what is heard under 60 ms of jitter', async () => {
    const distances = skews(await speak({ jitterMs: 60 }));
    expect(distances.length).toBeGreaterThan(15);
    expect(percentile(distances, 0.95)).toBeLessThanOrEqual(20);
  });

  it('draws what is heard after a stall of 1 s, and catches up', async () => {
    const seen = await speak({ stallMs: 1000, stallAtMs: 3000 });
    const distances = skews(seen);
    expect(percentile(distances, 0.95)).toBeLessThanOrEqual(20);
    // How much later each click comes than if nothing had happened.
    const first = seen.onsetsS[0] as number;
    const lateMs = seen.onsetsS.map((onset, i) => (onset - first) * 1000 - CLICK_MS * i);
    const worst = lateMs.indexOf(Math.max(...lateMs));
    const caughtUp =
      seen.onsetsS.find((_, i) => i > worst && (lateMs[i] as number) < 100) ?? Infinity;
    expect(lateMs[worst]).toBeGreaterThan(500);
    expect(caughtUp - (seen.onsetsS[worst] as number)).toBeLessThanOrEqual(2);
  });

  it('falls silent within 100 ms of an interrupt, and the face comes to rest', async () => {
    const delaysMs: number[] = [];
    stand.demo.channel.weather = {};
    for (let i = 0; i < 3; i++) {
      stand.demo.channel.speak();
      await page.waitForFunction(() => window.avamotion.stats().audioLevel > 0.02);
      await page.waitForTimeout(600);
      await forget(page);
      const stoppedAtMs = await page.evaluate(() => performance.now());
      stand.demo.channel.clear();
      await page.waitForTimeout(1200);
      const { drawn, loudS } = await recording(page);
      const clock = drawn[0];
      if (clock === undefined) throw new Error('no picture was drawn');
      const lastLoudMs = clock.atMs + ((loudS.at(-1) ?? 0) - clock.audibleS) * 1000;
      delaysMs.push(lastLoudMs - stoppedAtMs);
      const late = drawn.filter(({ atMs }) => atMs - stoppedAtMs > 300);
      expect(late.length).toBeGreaterThan(0);
      expect(Math.max(...late.map(({ jawOpen }) => jawOpen))).toBeLessThan(0.02);
    }
    expect(Math.max(...delaysMs)).toBeLessThanOrEqual(100);
  });
});
