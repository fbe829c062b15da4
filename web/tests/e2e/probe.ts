import type { Page } from 'playwright-core';

/** A picture as it was drawn. */
export interface Drawn {
  /** When, by the page's clock. */
  readonly atMs: number;
  /** Time of the audio clock that was audible at that moment, seconds. */
  readonly audibleS: number;
  readonly gazePitchRad: number;
  readonly jawOpen: number;
}

/** What a page did while it was watched. */
export interface Recording {
  readonly drawn: readonly Drawn[];
  /** Times of the audio clock at which the sound rose above the threshold after a silence, seconds. */
  readonly onsetsS: readonly number[];
  /** Times of the audio clock of samples above the loudness limit, the last of each block, seconds. */
  readonly loudS: readonly number[];
}

/** Hears what leaves the audio graph. Runs in the audio thread. */
const TAP = `
registerProcessor('tap', class extends AudioWorkletProcessor {
  constructor({ processorOptions }) {
    super();
    this.threshold = processorOptions.threshold;
    this.last = -1e9;
  }
  process([[samples]]) {
    let loud = -1;
    for (let i = 0; i < (samples?.length ?? 0); i++) {
      const size = Math.abs(samples[i]);
      if (size > 0.01) loud = currentFrame + i;
      if (size <= this.threshold) continue;
      const frame = currentFrame + i;
      if (frame - this.last > 0.03 * sampleRate) this.port.postMessage({ onset: frame / sampleRate });
      this.last = frame;
    }
    if (loud >= 0) this.port.postMessage({ loud: loud / sampleRate });
    return true;
  }
});`;

declare global {
  interface Window {
    probe: { drawn: Drawn[]; onsetsS: number[]; loudS: number[]; clear(): void };
  }
}

/** Start watching what a page draws and what its loudspeaker gets. */
export async function watch(page: Page, threshold: number): Promise<void> {
  await page.evaluate(
    async ({ code, threshold: limit }) => {
      const { provider, view } = window.avamotion;
      const node = provider.audioNode;
      if (node === undefined || view === undefined) throw new Error('the page is not ready');
      const context = node.context as AudioContext;
      await context.audioWorklet.addModule(
        URL.createObjectURL(new Blob([code], { type: 'text/javascript' })),
      );
      const tap = new AudioWorkletNode(context, 'tap', { processorOptions: { threshold: limit } });
      node.connect(tap).connect(context.destination); // a node that leads nowhere does not run
      const probe = {
        drawn: [] as Drawn[],
        onsetsS: [] as number[],
        loudS: [] as number[],
        clear(): void {
          probe.drawn.length = probe.onsetsS.length = probe.loudS.length = 0;
        },
      };
      window.probe = probe;
      tap.port.onmessage = ({ data }: MessageEvent<{ onset?: number; loud?: number }>): void => {
        if (data.onset !== undefined) probe.onsetsS.push(data.onset);
        if (data.loud !== undefined) probe.loudS.push(data.loud);
      };
      let seen = view.framesDrawn;
      const look = (): void => {
        requestAnimationFrame(look); // behind the view's own: the picture has just been drawn
        if (view.framesDrawn === seen) return;
        seen = view.framesDrawn;
        const atMs = performance.now();
        const { contextTime = 0, performanceTime = 0 } = context.getOutputTimestamp();
        probe.drawn.push({
          atMs,
          audibleS: contextTime + (atMs - performanceTime) / 1000,
          gazePitchRad: view.pose.gazePitchRad,
          jawOpen: view.pose.weights[17] ?? 0,
        });
      };
      requestAnimationFrame(look);
    },
    { code: TAP, threshold },
  );
}

/** What was seen and heard since the last `forget`. */
export async function recording(page: Page): Promise<Recording> {
  return page.evaluate(() => ({
    drawn: window.probe.drawn,
    onsetsS: window.probe.onsetsS,
    loudS: window.probe.loudS,
  }));
}

/** Forget what was seen and heard. */
export async function forget(page: Page): Promise<void> {
  await page.evaluate(() => {
    window.probe.clear();
  });
}
