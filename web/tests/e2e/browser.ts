import { chromium, type Browser } from 'playwright-core';

const FLAGS = [
  '--headless=new',
  '--no-sandbox',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/** Start the browser that is installed here. */
export async function openBrowser(
  sound: 'allowed' | 'blocked' = 'allowed',
  more: readonly string[] = [],
): Promise<Browser> {
  const policy =
    sound === 'allowed' ? 'no-user-gesture-required' : 'document-user-activation-required';
  return chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: [...FLAGS, `--autoplay-policy=${policy}`, ...more],
    // Playwright mutes by default, and a muted browser plays to nowhere.
    ignoreDefaultArgs: ['--mute-audio'],
  });
}
