import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeAnimation,
  encodePacket,
  type WireFrame,
  type WirePacket,
} from '../../../../tests/server/wire.ts';
import { BLEND_SHAPES } from '../media/blendShape.ts';
import { Pose } from '../media/pose.ts';
import { decodeAnimation, decodeChannelPacket } from './packet.ts';

const UINT32 = fc.nat({ max: 0xffff_ffff });
const ANGLE = fc.integer({ min: -5000, max: 5000 });

const frames = fc.record({
  ptsUs: fc.maxSafeNat(),
  weights: fc.array(fc.option(fc.nat({ max: 255 }), { freq: 2 }), { minLength: 52, maxLength: 52 }),
  headX: ANGLE,
  headY: ANGLE,
  headZ: ANGLE,
  gazeYaw: ANGLE,
  gazePitch: ANGLE,
});
type SparseFrame = typeof frames extends fc.Arbitrary<infer T> ? T : never;

const packets = fc.record({
  uid: UINT32,
  epoch: UINT32,
  turn: UINT32,
  sequence: UINT32,
  ptsUs: fc.maxSafeNat(),
  opus: fc.uint8Array({ maxLength: 60 }),
  frames: fc.array(frames, { maxLength: 3 }),
  start: fc.boolean(),
  end: fc.boolean(),
});

function onWire({ weights, ...rest }: SparseFrame): WireFrame {
  let mask = 0n;
  weights.forEach((weight, i) => (mask |= weight === null ? 0n : 1n << BigInt(i)));
  return { ...rest, mask, weights: Uint8Array.from(weights.filter((weight) => weight !== null)) };
}

function encode(packet: typeof packets extends fc.Arbitrary<infer T> ? T : never): Uint8Array {
  return encodePacket({ ...packet, frames: packet.frames.map(onWire) } satisfies WirePacket);
}

describe('a channel packet', () => {
  it('reads back as what a full protobuf library wrote by the real schema', () => {
    fc.assert(
      fc.property(packets, (packet) => {
        const { frames: sent, ...rest } = packet;
        const read = decodeChannelPacket(encode(packet));
        expect(read).toMatchObject(rest);
        expect(read?.frames.map((frame) => frame.ptsUs)).toEqual(sent.map((frame) => frame.ptsUs));
        read?.frames.forEach((frame, i) => {
          const pose = new Pose(frame.values);
          const wanted = sent[i] as SparseFrame;
          const worst = BLEND_SHAPES.reduce((most, _, shape) => {
            const weight = (wanted.weights[shape] ?? 0) / 255;
            return Math.max(most, Math.abs((pose.weights[shape] ?? NaN) - weight));
          }, 0);
          expect(worst).toBeLessThan(1e-6);
          expect(pose.head[0]).toBeCloseTo(wanted.headX / 1e4, 6);
          expect(pose.head[2]).toBeCloseTo(wanted.headZ / 1e4, 6);
          expect(Math.hypot(...pose.head)).toBeCloseTo(1, 5);
          expect(pose.gazeYawRad).toBeCloseTo(wanted.gazeYaw / 1e4, 6);
          expect(pose.gazePitchRad).toBeCloseTo(wanted.gazePitch / 1e4, 6);
        });
      }),
    );
  });

  it('never throws, whatever the bytes', () => {
    const broken = fc
      .tuple(packets.map(encode), fc.nat(), fc.nat({ max: 255 }), fc.nat())
      .map(([bytes, place, value, length]) => {
        const copy = bytes.slice(0, bytes.length === 0 ? 0 : length % (bytes.length + 1));
        if (copy.length > 0) copy[place % copy.length] = value;
        return copy;
      });
    fc.assert(
      fc.property(fc.oneof(broken, fc.uint8Array({ maxLength: 80 })), (bytes) => {
        decodeChannelPacket(bytes);
        decodeAnimation(bytes);
      }),
      { numRuns: 2000 },
    );
  });

  it('cut off inside a field is none', () => {
    const bytes = encode({
      uid: 1,
      epoch: 0,
      turn: 1,
      sequence: 0,
      ptsUs: 0,
      opus: Uint8Array.of(1, 2, 3),
      frames: [],
      start: false,
      end: false,
    });
    const opusEnd = bytes.indexOf(3) + 1;
    expect(decodeChannelPacket(bytes.slice(0, opusEnd - 1))).toBeUndefined();
    expect(decodeChannelPacket(bytes)).toBeDefined();
  });

  it('may have fields of a newer schema', () => {
    const newer = Uint8Array.of(0x08, 7, 0xa2, 0x06, 2, 9, 9, 0xa9, 0x06, 0, 0, 0, 0, 0, 0, 0, 0);
    expect(decodeChannelPacket(newer)?.uid).toBe(7);
  });

  it.each([
    { name: 'fewer weights than bits', mask: 0b111n, weights: [1, 2] },
    { name: 'more weights than bits', mask: 0b1n, weights: [1, 2] },
    { name: 'a bit that no blend shape has', mask: 1n << 52n, weights: [1] },
  ])('with $name is none', ({ mask, weights }) => {
    const rest = { ptsUs: 0, headX: 0, headY: 0, headZ: 0, gazeYaw: 0, gazePitch: 0 };
    const frame = { ...rest, mask, weights: Uint8Array.from(weights) };
    expect(decodeAnimation(encodeAnimation(1, [frame]))).toBeUndefined();
  });
});

describe('an animation', () => {
  const still = {
    mask: 0n,
    weights: new Uint8Array(0),
    headX: 0,
    headY: 0,
    headZ: 0,
    gazeYaw: 0,
    gazePitch: 0,
  };

  it('gives its frames', () => {
    const bytes = encodeAnimation(1, [
      { ...still, ptsUs: 0 },
      { ...still, ptsUs: 40_000 },
    ]);
    expect(decodeAnimation(bytes)?.map((frame) => frame.ptsUs)).toEqual([0, 40_000]);
  });

  it('of another version is none', () => {
    expect(decodeAnimation(encodeAnimation(2, [{ ...still, ptsUs: 0 }]))).toBeUndefined();
  });
});
