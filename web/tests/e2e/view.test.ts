import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { untilReady, useStand } from './harness.ts';

const stand = useStand();
let page: Page;

beforeAll(async () => {
  page = await stand.openFace(320, 320);
});

/** How far the head turns and the eyes wander while some pictures are drawn, radians. */
async function restlessness(pictures: number): Promise<number> {
  return page.evaluate(async (count) => {
    const { view } = window.avamotion;
    if (view === undefined) throw new Error('the page shows no face');
    const until = view.framesDrawn + count;
    let most = 0;
    while (view.framesDrawn < until) {
      await new Promise(requestAnimationFrame);
      const [x = 0, y = 0, z = 0] = view.pose.head;
      const { gazeYawRad, gazePitchRad } = view.pose;
      most = Math.max(most, ...[x, y, z, gazeYawRad, gazePitchRad].map(Math.abs));
    }
    return most;
  }, pictures);
}

it('says what the picture shows', async () => {
  const picture = page.locator('#stage canvas');
  expect(await picture.getAttribute('role')).toBe('img');
  expect(await picture.getAttribute('aria-label')).toMatch(/^\w+, an animated avatar$/);
});

it('leaves its easel to the next face, which needs no other canvas', async () => {
  const before = await page.evaluate(async () => {
    const { view } = window.avamotion;
    view?.canvas.setAttribute('data-first', '');
    document.querySelector<HTMLElement>('#people button[aria-pressed="false"]')?.click();
    while (window.avamotion.view === view) await new Promise(requestAnimationFrame);
    return view?.avatar.name;
  });
  expect(await restlessness(3)).toBeGreaterThan(0); // the next one is drawn
  expect(await page.locator('#stage canvas[data-first]').count()).toBe(1);
  expect(await page.locator('#stage canvas').getAttribute('aria-label')).not.toContain(before);
});

it('keeps still for people who want less motion, and lives again afterwards', async () => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await restlessness(10);
  expect(await restlessness(40)).toBeLessThan(1e-6);
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  expect(await restlessness(40)).toBeGreaterThan(1e-3);
});

interface ProfileNode {
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly selfSize: number;
  readonly children: readonly ProfileNode[];
}

it('allocates next to nothing per picture', async () => {
  const session = await page.context().newCDPSession(page);
  await restlessness(20); // until the compiler has seen the loop
  await session.send('HeapProfiler.startSampling', {
    samplingInterval: 64,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  });
  const count = async (): Promise<number> =>
    page.evaluate(() => window.avamotion.view?.framesDrawn ?? 0);
  const before = await count();
  await page.waitForTimeout(6000);
  const pictures = (await count()) - before;
  const { profile } = await session.send('HeapProfiler.stopSampling');
  const bytes = new Map<string, number>();
  const visit = ({ callFrame, selfSize, children }: ProfileNode): void => {
    if (callFrame.url.includes('/packages/renderer/src/'))
      bytes.set(callFrame.functionName, (bytes.get(callFrame.functionName) ?? 0) + selfSize);
    children.forEach(visit);
  };
  visit(profile.head);
  const perPicture = [...bytes.values()].reduce((a, b) => a + b, 0) / pictures;
  expect(pictures).toBeGreaterThan(20);
  // A fence that tells when the picture is done, and numbers that code not yet compiled puts into boxes. One iterator
  // per blend shape would already be three times as much.
  expect(perPicture, JSON.stringify([...bytes])).toBeLessThan(4096);
});

it('draws fewer pixels when pictures come too slowly', async () => {
  const slow = await stand.browser.newPage({ viewport: { width: 320, height: 320 } });
  await slow.goto(`${stand.demo.url}?quality=high`); // too much for a processor that has to draw
  await untilReady(slow);
  const width = async (): Promise<number> =>
    slow.evaluate(() => window.avamotion.view?.canvas.width ?? 0);
  expect(await width()).toBe(320);
  await slow.waitForFunction(() => (window.avamotion.view?.canvas.width ?? 320) < 320, undefined, {
    timeout: 60_000,
  });
  await slow.close();
});
