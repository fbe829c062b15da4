import { BLEND_SHAPES, blendShapeIndex, type BlendShape } from '@avamotion/client';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Closure } from './closure.ts';

const CURVE = {
  jawOpen: [0, 0.1, 0.5, 1],
  mouthClose: [0, 0.05, 0.4, 0.9],
  add: { mouthPressLeft: [0, 0.2, 0.2, 0.2] },
  damp: { mouthFunnel: 0.8 },
};

function apply(intended: Partial<Record<BlendShape, number>>): (name: BlendShape) => number {
  const weights = new Float32Array(BLEND_SHAPES.length);
  for (const [name, weight] of Object.entries(intended))
    weights[blendShapeIndex(name as BlendShape)] = weight;
  new Closure(CURVE).apply(weights);
  return (name) => weights[blendShapeIndex(name)] as number;
}

describe('lips that are meant to meet', () => {
  it('get the weight that this head’s curve says, between its knots', () => {
    const weight = apply({ jawOpen: 0.3, mouthClose: 0.3, mouthFunnel: 0.5 });
    expect(weight('mouthClose')).toBeCloseTo(0.225);
    expect(weight('mouthPressLeft')).toBeCloseTo(0.2);
    expect(weight('mouthFunnel')).toBeCloseTo(0.1);
    expect(weight('jawOpen')).toBeCloseTo(0.3);
  });

  it('halfway, get half of it', () => {
    const weight = apply({ jawOpen: 0.5, mouthClose: 0.25, mouthFunnel: 0.5 });
    expect(weight('mouthClose')).toBeCloseTo(0.2);
    expect(weight('mouthFunnel')).toBeCloseTo(0.3);
  });

  it('over a shut jaw, get nothing', () => {
    expect(apply({ mouthClose: 0.01 })('mouthClose')).toBe(0);
  });
});

it('lips that are meant to be open are left alone', () => {
  const weight = apply({ jawOpen: 0.4, mouthFunnel: 0.5 });
  expect(weight('mouthClose')).toBe(0);
  expect(weight('mouthFunnel')).toBeCloseTo(0.5);
});

it('weights stay in [0, 1]', () => {
  const weight = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(weight, weight, weight, (jawOpen, mouthClose, mouthPressLeft) => {
      const after = apply({ jawOpen, mouthClose, mouthPressLeft });
      for (const name of BLEND_SHAPES) {
        expect(after(name)).toBeGreaterThanOrEqual(0);
        expect(after(name)).toBeLessThanOrEqual(1);
      }
    }),
  );
});
