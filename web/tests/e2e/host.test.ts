import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { blendShapeIndex } from '../../packages/client/src/media/blendShape.ts';
import type * as renderer from '../../packages/renderer/src/index.ts';
import { encodeAnimation } from '../server/wire.ts';
import { useStand } from './harness.ts';

const RENDERER = fileURLToPath(new URL('../../packages/renderer/src/index.ts', import.meta.url));
const JAW = blendShapeIndex('jawOpen');

declare global {
  interface Window {
    renderer: typeof renderer;
    byHand: { view: renderer.AvatarView; states: string[] };
  }
}

const stand = useStand();
let page: Page;

beforeAll(async () => {
  page = await stand.openFace(400, 300);
});

/** Two seconds of motion with the jaw half open, as a Motion Server sends it. */
function motion(): number[][] {
  return Array.from({ length: 50 }, (_, i) => [
    ...encodeAnimation(1, [
      {
        ptsUs: i * 40_000,
        mask: 1n << BigInt(JAW),
        weights: Uint8Array.of(128),
        headX: 0,
        headY: 0,
        headZ: 0,
        gazeYaw: 0,
        gazePitch: 0,
      },
    ]),
  ]);
}

it('a page that is written for the hosted SDK drives the avatar by hand', async () => {
  const refusal = await page.evaluate(() => {
    try {
      window.avamotion.view?.controller.yieldAudioData(new Uint8Array(2), true);
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  });
  expect(refusal).toMatch(/provider owns the flow/);

  const content = `import * as renderer from '/@fs${RENDERER}'; window.renderer = renderer;`;
  await page.addScriptTag({ type: 'module', content });
  await page.waitForFunction(() => 'renderer' in window);
  await page.evaluate(async () => {
    await window.avamotion.player?.disconnect();
    const { AvatarManager, AvatarSDK, AvatarView, DrivingServiceMode } = window.renderer;
    await AvatarSDK.initialize('app', {
      drivingServiceMode: DrivingServiceMode.host,
      audioFormat: { channelCount: 1, sampleRate: 16_000 },
    });
    const avatar = await AvatarManager.shared.load('mia', undefined, { detail: 'low' });
    window.avamotion.view?.dispose();
    const view = new AvatarView(avatar, document.getElementById('stage') as HTMLElement, {
      quality: 'low',
    });
    window.byHand = { view, states: [] };
    view.controller.onConversationState = (state): void => {
      window.byHand.states.push(state);
    };
    await view.controller.initializeAudioContext();
  });

  const drops = await page.evaluate((frames) => {
    const { controller } = window.byHand.view;
    const tone = Int16Array.from(
      { length: 32_000 },
      (_, i) => 8000 * Math.sin((2 * Math.PI * 220 * i) / 16_000),
    );
    const bytes = new Uint8Array(tone.buffer);
    const id = controller.yieldAudioData(bytes.subarray(0, 20_001), false); // cut in the middle of a sample
    const again = controller.yieldAudioData(bytes.subarray(20_001), true);
    const data = frames.map((frame) => Uint8Array.from(frame));
    return [
      id === again,
      controller.yieldFramesData(data, id),
      controller.yieldFramesData(data, 'nobody'),
    ];
  }, motion());
  expect(drops).toEqual([true, undefined, 'unknown_conversation']);

  await page.waitForFunction((jaw) => (window.byHand.view.pose.weights[jaw] ?? 0) > 0.45, JAW);
  expect(await page.evaluate(() => window.byHand.states)).toEqual(['playing']);

  await page.evaluate(() => window.byHand.view.controller.pause());
  await page.evaluate(() => window.byHand.view.controller.resume());
  await page.evaluate(() => {
    window.byHand.view.controller.interrupt();
  });
  await page.waitForFunction((jaw) => (window.byHand.view.pose.weights[jaw] ?? 1) < 0.02, JAW);
  expect(await page.evaluate(() => window.byHand.states)).toEqual([
    'playing',
    'pausing',
    'playing',
    'idle',
  ]);
});
