import type { Page } from 'playwright-core';

/** A picture as it was drawn. */
export interface Drawn {
  readonly atMs: number;
  /** Time of the audio clock that was audible when it had been drawn, seconds. */
  readonly audibleS: number;
  /** Media time that the picture shows, since its turn began. */
  readonly shownMs: number;
  readonly turn: number;
}

/** Hears what leaves the audio graph. Runs in the audio thread. */
const TAP = `
registerProcessor('observer', class extends AudioWorkletProcessor {
  constructor() {
    super();
    this.block = new Float32Array(4800);
    this.filled = 0;
  }
  process([[samples]]) {
    for (let i = 0; i < 128; i++) {
      this.block[this.filled++] = samples?.[i] ?? 0;
      if (this.filled < this.block.length) continue;
      const endFrame = currentFrame + i + 1;
      this.port.postMessage({ startFrame: endFrame - this.filled, samples: this.block });
      this.filled = 0;
    }
    return true;
  }
});`;

interface Observation {
  drawn: Drawn[];
  blocks: Float32Array[];
  startFrame: number;
}

declare global {
  interface Window {
    observation: Observation;
  }
}

/** Start recording pictures and sound of a demo page that is connected. */
export async function observe(page: Page): Promise<void> {
  await page.evaluate(async (code) => {
    const { provider, view } = window.avamotion;
    const node = provider.audioNode;
    if (node === undefined || view === undefined)
      throw new Error('the page has no face or no sound');
    const context = node.context as AudioContext;
    const url = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }));
    await context.audioWorklet.addModule(url);
    const tap = new AudioWorkletNode(context, 'observer');
    node.connect(tap).connect(context.destination); // a node that leads nowhere does not run
    const observation: Observation = { drawn: [], blocks: [], startFrame: -1 };
    window.observation = observation;
    tap.port.onmessage = ({
      data,
    }: MessageEvent<{ startFrame: number; samples: Float32Array }>): void => {
      if (observation.startFrame < 0) observation.startFrame = data.startFrame;
      observation.blocks.push(data.samples);
    };
    let seen = view.framesDrawn;
    const look = (): void => {
      requestAnimationFrame(look); // behind the view's own: the picture has just been drawn
      if (view.framesDrawn === seen) return;
      seen = view.framesDrawn;
      const { shownMs, turn } = window.avamotion.stats();
      if (shownMs === undefined) return;
      const atMs = performance.now();
      const { contextTime = 0, performanceTime = 0 } = context.getOutputTimestamp();
      observation.drawn.push({
        atMs,
        audibleS: contextTime + (atMs - performanceTime) / 1000,
        shownMs,
        turn,
      });
    };
    requestAnimationFrame(look);
  }, TAP);
}

/** The pictures recorded so far. */
export async function pictures(page: Page): Promise<readonly Drawn[]> {
  return page.evaluate(() => window.observation.drawn);
}

/** The sound recorded so far at 48 kHz, and the time of its first sample on the audio clock. */
export async function sound(page: Page): Promise<{ startS: number; samples: Float32Array }> {
  const { startFrame, text } = await page.evaluate(() => {
    const { blocks, startFrame: start } = window.observation;
    const size = blocks.reduce((sum, block) => sum + block.length, 0);
    const whole = new Int16Array(size);
    let at = 0;
    for (const block of blocks)
      for (const sample of block) whole[at++] = Math.round(sample * 32767);
    const bytes = new Uint8Array(whole.buffer);
    let characters = '';
    for (let i = 0; i < bytes.length; i += 0x8000) {
      characters += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
    }
    return { startFrame: start, text: btoa(characters) };
  });
  return { startS: startFrame / 48_000, samples: fromBase64(text) };
}

/** Decode a turn's packets with the browser's own decoder; 48 kHz, without the decoder's lookahead removed. */
export async function decode(page: Page, opus: readonly Uint8Array[]): Promise<Float32Array> {
  const text = await page.evaluate(
    async (packets) => {
      const pieces: Int16Array[] = [];
      const decoder = new AudioDecoder({
        output: (data) => {
          const pcm = new Float32Array(data.numberOfFrames);
          data.copyTo(pcm, { planeIndex: 0, format: 'f32-planar' });
          data.close();
          pieces.push(Int16Array.from(pcm, (sample) => Math.round(sample * 32767)));
        },
        error: (error) => {
          throw error;
        },
      });
      decoder.configure({ codec: 'opus', sampleRate: 48_000, numberOfChannels: 1 });
      packets.forEach((packet, i) => {
        const data = Uint8Array.from(atob(packet), (character) => character.charCodeAt(0));
        decoder.decode(
          new EncodedAudioChunk({ type: 'key', timestamp: i * 20_000, duration: 20_000, data }),
        );
      });
      await decoder.flush();
      decoder.close();
      let characters = '';
      for (const piece of pieces)
        characters += String.fromCharCode(...new Uint8Array(piece.buffer));
      return btoa(characters);
    },
    opus.map((packet) => Buffer.from(packet).toString('base64')),
  );
  return fromBase64(text);
}

function fromBase64(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64');
  const samples = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
  return Float32Array.from(samples, (sample) => sample / 32767);
}
