import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBrowser } from './browser.ts';
import { serveDemo, untilReady, type Demo } from './harness.ts';

const RATE_HZ = 48_000;

let demo: Demo;
let browser: Browser | undefined;
const folder = mkdtempSync(join(tmpdir(), 'avamotion-'));

beforeAll(async () => {
  demo = await serveDemo();
});

afterAll(async () => {
  await browser?.close();
  await demo.close();
  rmSync(folder, { recursive: true });
});

/** A WAV of two seconds of silence and two of a voice-like buzz; what a browser takes for its microphone. */
function voiceFile(): string {
  const samples = Int16Array.from({ length: 4 * RATE_HZ }, (_, i) => {
    const t = i / RATE_HZ;
    return t % 4 < 2
      ? 0
      : 9000 * Math.sign(Math.sin(2 * Math.PI * 150 * t)) * (0.6 + 0.4 * Math.sin(30 * t));
  });
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + samples.byteLength, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(RATE_HZ, 24);
  header.writeUInt32LE(2 * RATE_HZ, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.byteLength, 40);
  const path = join(folder, 'voice.wav');
  writeFileSync(path, Buffer.concat([header, Buffer.from(samples.buffer)]));
  return path;
}

it('the avatar stops when somebody speaks over it', async () => {
  browser = await openBrowser('allowed', [
    '--use-fake-ui-for-media-stream',
    '--use-fake-device-for-media-stream',
    `--use-file-for-fake-audio-capture=${voiceFile()}`,
  ]);
  const page = await browser.newPage({ viewport: { width: 480, height: 360 } });
  await page.goto(`${demo.url}?quality=low`);
  await untilReady(page);
  await page.locator('#listen').click();
  await page.locator('#listen[aria-pressed=true]').waitFor();
  demo.channel.speak();
  await page.waitForFunction(() => window.avamotion.stats().epoch > 0, undefined, {
    timeout: 15_000,
  });
  await page.locator('#listen').click();
  await page.locator('#listen[aria-pressed=false]').waitFor();
  await browser.close();
});

it('a microphone that is refused is a sentence', async () => {
  browser = await openBrowser('allowed', ['--deny-permission-prompts']);
  const page = await browser.newPage({ viewport: { width: 480, height: 360 } });
  await page.goto(`${demo.url}?quality=low`);
  await page.locator('#listen').click();
  await page.locator('#notice', { hasText: /microphone cannot be used/ }).waitFor();
  expect(await page.locator('#listen').getAttribute('aria-pressed')).toBe('false');
});
