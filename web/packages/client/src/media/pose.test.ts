import fc from 'fast-check';
import { expect, it } from 'vitest';
import { N_BLEND_SHAPES } from './blendShape.ts';
import { Pose, POSE_SIZE } from './pose.ts';

const angle = fc.double({ min: -1, max: 1, noNaN: true });
const poses = fc
  .record({
    weights: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
      minLength: N_BLEND_SHAPES,
      maxLength: N_BLEND_SHAPES,
    }),
    axis: fc.tuple(angle, angle, angle),
  })
  .map(({ weights, axis }) => {
    const pose = new Pose();
    pose.weights.set(weights);
    const norm = Math.hypot(1, ...axis);
    pose.head.set([...axis.map((x) => x / norm), 1 / norm]);
    return pose;
  });

/** Largest difference between two poses; a quaternion and its negative are one rotation. */
function distance(a: Pose, b: Pose): number {
  const sign = a.head.reduce((dot, x, i) => dot + x * (b.head[i] ?? 0), 0) < 0 ? -1 : 1;
  const isHead = (i: number): boolean => i >= N_BLEND_SHAPES && i < N_BLEND_SHAPES + 4;
  return a.values.reduce((worst, x, i) => {
    const y = (b.values[i] ?? NaN) * (isHead(i) ? sign : 1);
    return Math.max(worst, Math.abs(x - y));
  }, 0);
}

it('mixed not at all or wholly, a pose is one of the two', () => {
  fc.assert(
    fc.property(poses, poses, (from, to) => {
      const mixed = new Pose();
      mixed.mix(from, to, 0);
      expect(distance(mixed, from)).toBeLessThan(1e-5);
      mixed.mix(from, to, 1);
      expect(distance(mixed, to)).toBeLessThan(1e-5);
    }),
  );
});

it('mixed poses turn the head by a unit quaternion, also into one of the two', () => {
  fc.assert(
    fc.property(poses, poses, fc.double({ min: 0, max: 1, noNaN: true }), (from, to, t) => {
      from.mix(from, to, t);
      expect(Math.hypot(...from.head)).toBeCloseTo(1, 5);
    }),
  );
});

it('a head turns the short way', () => {
  const from = new Pose();
  const to = new Pose();
  to.head.set([0, -0.1, 0, -Math.sqrt(0.99)]); // the same as (0, 0.1, 0, +)
  const mixed = new Pose();
  mixed.mix(from, to, 0.5);
  expect(mixed.head[1]).toBeCloseTo(0.05, 2);
});

it('refuses values of another length', () => {
  expect(() => new Pose(new Float32Array(POSE_SIZE - 1))).toThrow(RangeError);
});
