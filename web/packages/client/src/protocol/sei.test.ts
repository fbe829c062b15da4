import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeAnimation } from './packet.ts';
import { readSeiBody } from './sei.ts';

interface Vector {
  readonly flags: number;
  readonly sequence: number | null;
  readonly animation: string;
  readonly body: string;
}

const file = new URL('../../../../tests/fixture/sei.json', import.meta.url);
const VECTORS = JSON.parse(readFileSync(file, 'utf8')) as readonly Vector[];
const KINDS: Readonly<Record<number, string>> = {
  0x01: 'idle',
  0x10: 'to_speech',
  0x20: 'to_idle',
};

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

describe('a SEI body', () => {
  it.each(VECTORS)('that our server wrote with flags $flags is read', async (vector) => {
    const packet = await readSeiBody(bytes(vector.body));
    expect(packet).toEqual({
      kind: KINDS[vector.flags] ?? 'animation',
      start: (vector.flags & 2) !== 0,
      end: (vector.flags & 4) !== 0,
      sequence: vector.sequence ?? undefined,
      animation: bytes(vector.animation),
    });
  });

  it('carries frames that can be decoded', async () => {
    const packet = await readSeiBody(bytes((VECTORS[2] as Vector).body));
    const frames = decodeAnimation(packet?.animation ?? new Uint8Array(0));
    expect(frames?.map(({ ptsUs }) => ptsUs)).toEqual([0, 20_000]);
  });

  it('that is broken is none, and never throws', async () => {
    const whole = bytes((VECTORS[3] as Vector).body);
    expect(await readSeiBody(whole.subarray(0, 4))).toBeUndefined();
    expect(await readSeiBody(whole.subarray(0, whole.length - 20))).toBeUndefined();
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: whole.length - 1 }),
        fc.nat({ max: 255 }),
        async (place, value) => {
          const copy = whole.slice();
          copy[place] = value;
          await readSeiBody(copy);
        },
      ),
    );
  });
});
