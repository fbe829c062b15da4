import type { Page } from 'playwright-core';
import { afterEach, expect, it } from 'vitest';
import { withoutWebCodecs } from './browser.ts';
import { untilReady, useStand } from './harness.ts';

const stand = useStand('blocked');
let page: Page;

afterEach(async () => {
  stand.demo.channel.refuse = undefined;
  await page.close();
});

async function open(path: string = '', prepare?: (page: Page) => Promise<unknown>): Promise<void> {
  page = await stand.browser.newPage({ viewport: { width: 480, height: 360 } });
  await prepare?.(page);
  await page.goto(`${stand.demo.url}?quality=low${path}`);
}

/** Wait for something on the page without touching it: what Playwright evaluates counts as a user's gesture. */
async function untilTrue(expression: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const deadlineMs = performance.now() + 30_000;
  while (performance.now() < deadlineMs) {
    const { result } = await session.send('Runtime.evaluate', { expression, userGesture: false });
    if (result.value === true) return;
    await page.waitForTimeout(50);
  }
  throw new Error(`still not true: ${expression}`);
}

async function untilNotice(words: RegExp): Promise<void> {
  await page.locator('#notice', { hasText: words }).waitFor({ timeout: 30_000 });
}

/** Wait until the page says why there is no face. */
async function untilFaceless(words: RegExp): Promise<void> {
  await page.locator('#faceless-text', { hasText: words }).waitFor({ timeout: 30_000 });
}

it('a browser that holds sound back gets one click to hear it, and then speaks', async () => {
  await open();
  await untilTrue("!document.getElementById('hear').hidden");
  await page.locator('#hear').click();
  await page.locator('#hear').waitFor({ state: 'hidden' });
  await page.fill('#text', 'Hello');
  await page.keyboard.press('Enter');
  await page.locator('#caption', { hasText: 'Hello' }).waitFor();
  await page.waitForFunction(() => window.avamotion.stats().audioLevel > 0.02);
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => window.avamotion.stats().audioLevel < 0.001);
  expect(await page.evaluate(() => window.avamotion.stats().epoch)).toBeGreaterThan(0);
});

it('a lost connection comes back by itself, and the avatar speaks again', async () => {
  await open();
  await untilReady(page);
  await page.mouse.click(200, 100); // a gesture, so that sound is allowed
  stand.demo.channel.cutAll();
  await page.waitForFunction(() => window.avamotion.stats().connectionState === 'reconnecting');
  await page.waitForFunction(() => window.avamotion.stats().connectionState === 'connected');
  stand.demo.channel.speak(60);
  await page.waitForFunction(() => window.avamotion.stats().audioLevel > 0.02);
});

it.each([
  ['token_invalid', /token is not valid/],
  ['uid_taken', /already in channel/],
] as const)(
  'a refusal (%s) is a sentence on the page, and trying again works',
  async (code, words) => {
    stand.demo.channel.refuse = code;
    await open();
    await untilNotice(words);
    // The page also tries by itself: refused until the click is done, it cannot take the button away before.
    await page.locator('#retry').click();
    stand.demo.channel.refuse = undefined;
    await untilReady(page);
    await page.locator('#notice').waitFor({ state: 'hidden' });
  },
);

it('an avatar that is not there leaves a page that speaks', async () => {
  await open('&avatar=nobody');
  await untilFaceless(/no avatar nobody/);
  await page.mouse.click(200, 100);
  await page.waitForFunction(() => window.avamotion.stats().connectionState === 'connected');
  stand.demo.channel.speak(60);
  await page.waitForFunction(() => window.avamotion.stats().audioLevel > 0.02);
});

it.each(['visibilitychange', 'devicechange'])(
  'sound that the system held back comes again on %s, and the pose follows it',
  async (event) => {
    await open();
    await untilReady(page);
    await page.mouse.click(200, 100);
    stand.demo.channel.speak();
    await page.waitForFunction(() => window.avamotion.stats().audioLevel > 0.02);
    await page.evaluate(async () => {
      await (window.avamotion.provider.audioNode?.context as AudioContext).suspend(); // as a call does
    });
    await page.waitForFunction(() => !window.avamotion.stats().audioAllowed);
    await page.evaluate((name) => {
      const target = name === 'devicechange' ? navigator.mediaDevices : document;
      target.dispatchEvent(new Event(name));
    }, event);
    await page.waitForFunction(() => {
      const { audioLevel, shownMs } = window.avamotion.stats();
      return audioLevel > 0.02 && shownMs !== undefined;
    });
  },
);

it('a page that the browser brings back joins and speaks again', async () => {
  await open();
  await untilReady(page);
  await page.mouse.click(200, 100);
  await page.evaluate(() => {
    window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }));
  });
  await page.waitForFunction(() => window.avamotion.stats().connectionState === 'disconnected');
  await page.evaluate(() => {
    window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
  });
  await page.waitForFunction(() => window.avamotion.stats().connectionState === 'connected');
  await page.mouse.click(200, 100);
  stand.demo.channel.speak(60);
  await page.waitForFunction(() => window.avamotion.stats().audioLevel > 0.02);
});

it('a browser without WebGL is told so', async () => {
  await open('', (fresh) =>
    fresh.addInitScript(() => {
      HTMLCanvasElement.prototype.getContext = (): null => null;
    }),
  );
  await untilFaceless(/WebGL/);
});

it('a browser without WebCodecs speaks all the same', async () => {
  await open('', withoutWebCodecs);
  await untilReady(page);
  await page.mouse.click(200, 100);
  stand.demo.channel.speak(60);
  await page.waitForFunction(() => window.avamotion.stats().audioLevel > 0.02);
});

it('a browser that can decode no sound at all is told so, and still sees the face', async () => {
  await open('', async (fresh) => {
    await withoutWebCodecs(fresh);
    await fresh.route('**/wasmDecoder*', (route) => route.abort());
  });
  await untilNotice(/cannot decode the avatar’s voice/);
  await page.waitForFunction(() => window.avamotion.stats().framesDrawn > 2, undefined, {
    timeout: 30_000,
  });
});

it('a server that is gone is a sentence, and trying again works', async () => {
  await open('', (fresh) => fresh.route('**/demo/join', (route) => route.abort(), { times: 1 }));
  await untilNotice(/does not answer/);
  await page.locator('#retry').click();
  await untilReady(page);
});

it('another face can be chosen while the avatar speaks, and nothing breaks', async () => {
  const broken: Error[] = [];
  await open('', (fresh) => Promise.resolve(fresh.on('pageerror', (error) => broken.push(error))));
  await untilReady(page);
  await page.mouse.click(200, 100);
  stand.demo.channel.speak(200);
  await page.waitForFunction(() => window.avamotion.stats().audioLevel > 0.02);
  await page.locator('#people-open').click();
  await page.locator('#people button', { hasText: 'Leo' }).click();
  await page.waitForFunction(() => window.avamotion.view?.avatar.id === 'leo', undefined, {
    timeout: 30_000,
  });
  await page.waitForFunction(() => (window.avamotion.view?.framesDrawn ?? 0) > 1);
  await page.locator('#code-open').click();
  expect(await page.locator('#code-text').textContent()).toContain("load('leo')");
  expect(await page.locator('#spark').getAttribute('d')).toMatch(/^M/);
  expect(broken).toEqual([]);
});
