import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { useStand } from './harness.ts';

const GLB = fileURLToPath(
  new URL('../../../src/avamotion/avatars/mia/avatar_low.glb', import.meta.url),
);

const stand = useStand();
let page: Page;

beforeAll(async () => {
  page = await stand.browser.newPage({ viewport: { width: 900, height: 600 } });
  await page.goto(`${stand.demo.url}avatar.html`);
});

it('a file that is no model is refused with the reason, and the page goes on', async () => {
  const junk = {
    name: 'holiday.glb',
    mimeType: 'model/gltf-binary',
    buffer: Buffer.alloc(4000, 7),
  };
  await page.setInputFiles('#file', junk);
  await page
    .locator('#verdict', { hasText: /holiday\.glb cannot be shown: it is no GLB/ })
    .waitFor();
  const cut = { ...junk, name: 'half.glb', buffer: readFileSync(GLB).subarray(0, 50_000) };
  await page.setInputFiles('#file', cut);
  await page.locator('#verdict', { hasText: /half\.glb cannot be shown: it is cut off/ }).waitFor();
});

it('a face is shown with what it can do, and every shape can be tried', async () => {
  await page.setInputFiles('#file', GLB);
  await page
    .locator('#verdict', { hasText: /speaks with ARKit’s shapes/ })
    .waitFor({ timeout: 30_000 });
  expect(await page.locator('#fact-shapes').textContent()).toBe('52 of 52 from ARKit');
  expect(await page.locator('#sliders input').count()).toBe(52);
  await page
    .locator('#fact-lips', { hasText: 'yes, gap 0.0 mm, with a curve measured here' })
    .waitFor();
  const jaw = page.locator('#sliders label', { hasText: /^jawOpen/ });
  await jaw.locator('input').fill('0.6');
  expect(await jaw.locator('output').textContent()).toBe('60');
});
