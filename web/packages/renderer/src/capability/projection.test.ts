import { BLEND_SHAPES, blendShapeIndex, type BlendShape } from '@avamotion/client';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { controlIndex, FIRST_VISEME, FIRST_VRM, N_CONTROLS, type Control } from './control.ts';
import { project } from './projection.ts';

function projected(weights: Partial<Record<BlendShape, number>>): (control: Control) => number {
  const values = new Float32Array(N_CONTROLS);
  for (const [name, weight] of Object.entries(weights))
    values[blendShapeIndex(name as BlendShape)] = weight;
  project(values);
  return (control) => values[controlIndex(control)] as number;
}

describe('on a face with other shapes', () => {
  it('an open jaw is “aa”', () => {
    const value = projected({ jawOpen: 0.6 });
    expect(value('viseme_aa')).toBeCloseTo(0.54);
    expect(value('vrm_aa')).toBeCloseTo(0.6);
    expect(value('viseme_PP')).toBe(0);
  });

  it('closed lips over an open jaw are “PP”, not “aa”', () => {
    const value = projected({
      jawOpen: 0.2,
      mouthClose: 0.2,
      mouthPressLeft: 0.6,
      mouthPressRight: 0.6,
    });
    expect(value('viseme_PP')).toBeGreaterThan(0.6);
    expect(value('viseme_aa')).toBeCloseTo(0);
    expect(value('vrm_aa')).toBe(0);
  });

  it('round lips are “O” or “U”', () => {
    expect(projected({ mouthFunnel: 0.7, jawOpen: 0.3 })('viseme_O')).toBeCloseTo(0.7);
    expect(projected({ mouthPucker: 0.8 })('vrm_ou')).toBeCloseTo(0.8);
  });

  it('mouth shapes never add up to more than one', () => {
    const weights = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
      minLength: BLEND_SHAPES.length,
      maxLength: BLEND_SHAPES.length,
    });
    fc.assert(
      fc.property(weights, (list) => {
        const values = new Float32Array(N_CONTROLS);
        values.set(list);
        project(values);
        const sum = (from: number, to: number): number =>
          values.slice(from, to).reduce((a, b) => a + b, 0);
        expect(sum(FIRST_VISEME, FIRST_VRM)).toBeLessThanOrEqual(1 + 1e-5);
        expect(sum(FIRST_VRM, FIRST_VRM + 5)).toBeLessThanOrEqual(1 + 1e-5);
        expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
