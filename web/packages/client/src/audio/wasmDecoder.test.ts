import { expect, it } from 'vitest';
import { FIXTURE } from '../../../../tests/server/channelServer.ts';
import type { OpusListener } from './opusDecoder.ts';
import { openDecoder } from './wasmDecoder.ts';

const RATE_PER_MS = 48;
/** Delay that the player takes off the decoder's sound. */
const LOOKAHEAD_MS = 6.5;
const PACKETS = FIXTURE.packets.map((text) => new Uint8Array(Buffer.from(text, 'base64')));

class Heard implements OpusListener {
  readonly pcm: number[] = [];
  readonly problems: string[] = [];
  onSound(pcm: Float32Array<ArrayBuffer>): void {
    this.pcm.push(...pcm);
  }
  onError(problem: string): void {
    this.problems.push(problem);
  }
  /** Times at which the sound rises above the threshold after a silence, milliseconds. */
  clicksMs(): number[] {
    const found: number[] = [];
    let last = -Infinity;
    this.pcm.forEach((sample, i) => {
      if (Math.abs(sample) <= FIXTURE.threshold) return;
      if (i - last > 30 * RATE_PER_MS) found.push(i / RATE_PER_MS);
      last = i;
    });
    return found;
  }
}

it('decodes every packet, and delays the sound as much as the browser’s decoder', async () => {
  const heard = new Heard();
  const decoder = await openDecoder(heard);
  for (const packet of PACKETS) decoder.decode(packet);
  expect(heard.pcm.length).toBe(PACKETS.length * 20 * RATE_PER_MS);
  const offMs = heard.clicksMs().map((at, i) => at - LOOKAHEAD_MS - (FIXTURE.clicks_ms[i] ?? 0));
  expect(offMs.length).toBe(FIXTURE.clicks_ms.length);
  expect(Math.max(...offMs.map(Math.abs))).toBeLessThan(1.5);
  decoder.close();
});

it('goes on after bytes that are no Opus, and says what is wrong', async () => {
  const heard = new Heard();
  const decoder = await openDecoder(heard);
  decoder.decode(new Uint8Array(100_000));
  decoder.decode(Uint8Array.of(0xff, 0xff, 0xff));
  expect(heard.problems.length).toBe(2);
  decoder.decode(PACKETS[0] as Uint8Array);
  expect(heard.pcm.length).toBe(20 * RATE_PER_MS);
  decoder.close();
});

it('forgets the sound before a reset', async () => {
  const [fresh, used] = [new Heard(), new Heard()];
  const loud = PACKETS.slice(20, 40);
  const first = await openDecoder(fresh);
  for (const packet of loud) first.decode(packet);
  const second = await openDecoder(used);
  for (const packet of PACKETS.slice(40, 80)) second.decode(packet);
  await new Promise((done) => setTimeout(done, 200)); // the next one is made meanwhile
  second.reset();
  used.pcm.length = 0;
  for (const packet of loud) second.decode(packet);
  expect(used.pcm).toEqual(fresh.pcm);
});
