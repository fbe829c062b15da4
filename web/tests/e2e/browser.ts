import { chromium, type Browser, type Page } from 'playwright-core';

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

/** Take WebCodecs' sound away from a page and from its workers, as in a browser that lacks it. */
export async function withoutWebCodecs(page: Page): Promise<void> {
  await page.addInitScript(() => {
    Reflect.deleteProperty(window, 'AudioDecoder');
    // Playwright's script does not reach workers: it becomes their first line.
    const create = URL.createObjectURL.bind(URL);
    URL.createObjectURL = (part: Blob | MediaSource): string => {
      const script = part instanceof Blob && part.type === 'text/javascript';
      const first = 'Reflect.deleteProperty(globalThis, "AudioDecoder");\n';
      return create(script ? new Blob([first, part], { type: part.type }) : part);
    };
  });
}
