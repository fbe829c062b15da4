import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { FIXTURE } from '../server/channelServer.ts';
import { untilReady, useStand } from './harness.ts';
import { recording, watch } from './probe.ts';
import { percentile, skews } from './skew.ts';

declare global {
  interface Window {
    /** Do to the page what a browser does to a tab in the background. */
    setHidden(hidden: boolean): void;
  }
}

const AWAY_MS = 2500;
/** A picture cannot be for more than one refresh of the display. */
const LEAST_BETWEEN_MS = 5;

const stand = useStand();
let page: Page;

beforeAll(async () => {
  page = await stand.browser.newPage({ viewport: { width: 320, height: 320 } });
  // Headless browsers have no background: no pictures are asked for, and the page is told that it is hidden.
  await page.addInitScript(() => {
    let hidden = false;
    let waiting: FrameRequestCallback[] = [];
    const request = window.requestAnimationFrame.bind(window);
    window.requestAnimationFrame = (callback): number => {
      if (!hidden) {
        return request((nowMs) => {
          if (hidden) waiting.push(callback);
          else callback(nowMs);
        });
      }
      waiting.push(callback);
      return 0;
    };
    Object.defineProperty(document, 'hidden', { get: () => hidden });
    Object.defineProperty(document, 'visibilityState', {
      get: () => (hidden ? 'hidden' : 'visible'),
    });
    window.setHidden = (now): void => {
      hidden = now;
      document.dispatchEvent(new Event('visibilitychange'));
      if (!hidden) for (const callback of waiting) request(callback);
      if (!hidden) waiting = [];
    };
  });
  await page.goto(`${stand.demo.url}?quality=low`);
  await untilReady(page);
  await watch(page, FIXTURE.threshold);
});

it('in the background the avatar goes on speaking, and its face is in step at once when one looks again', async () => {
  stand.demo.channel.speak();
  await page.waitForFunction(() => window.avamotion.stats().audioLevel > 0.02);
  await page.waitForTimeout(1000);
  const away = await page.evaluate(async (awayMs) => {
    window.setHidden(true);
    const drawn = window.avamotion.view?.framesDrawn;
    const clicks = window.probe.onsetsS.length;
    await new Promise((resolve) => setTimeout(resolve, awayMs));
    const { conversationState, dropped } = window.avamotion.stats();
    const stillDrawn = window.avamotion.view?.framesDrawn;
    const heard = window.probe.onsetsS.length - clicks;
    window.setHidden(false);
    return { drawn, stillDrawn, heard, conversationState, dropped, untilMs: performance.now() };
  }, AWAY_MS);
  expect(away.stillDrawn).toBe(away.drawn);
  expect(away.heard).toBeGreaterThanOrEqual(8); // ten clicks are in that time
  expect(away.conversationState).toBe('playing');
  expect(away.dropped).toEqual({});
  await page.waitForFunction(
    () => window.avamotion.stats().conversationState === 'idle',
    undefined,
    {
      timeout: 30_000,
    },
  );
  const seen = await recording(page);
  const back = seen.drawn.filter(({ atMs }) => atMs >= away.untilMs);
  // From the first picture on, what is drawn is what is heard: nothing is caught up with.
  const distances = skews({ ...seen, drawn: back });
  expect(distances.length).toBeGreaterThan(10);
  expect(percentile(distances, 0.95)).toBeLessThanOrEqual(20);
  expect(Math.abs(distances[0] ?? NaN)).toBeLessThanOrEqual(20);
  const between = back.slice(1).map(({ atMs }, i) => atMs - (back[i]?.atMs ?? NaN));
  expect(Math.min(...between)).toBeGreaterThan(LEAST_BETWEEN_MS);
});
