import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blendShapeIndex } from '../media/blendShape.ts';
import type { MotionFrame } from '../media/motionFrame.ts';
import { Pose, restValues } from '../media/pose.ts';
import { FrameBuffer } from './frameBuffer.ts';

const JAW = blendShapeIndex('jawOpen');

/** A frame whose jaw says its time in seconds. */
function at(ptsMs: number): MotionFrame {
  const values = restValues();
  values[JAW] = ptsMs / 1000;
  return { ptsUs: ptsMs * 1000, values };
}

function jawAt(buffer: FrameBuffer, turn: number, ptsMs: number): number | undefined {
  const pose = new Pose();
  return buffer.sample(turn, ptsMs * 1000, pose) === 'none' ? undefined : pose.weights[JAW];
}

describe('sampling', () => {
  it.each([
    { name: 'in order', arrivals: [0, 40, 80] },
    { name: 'reversed', arrivals: [80, 40, 0] },
    { name: 'with a duplicate', arrivals: [0, 80, 40, 40] },
  ])('goes between frames that arrive $name', ({ arrivals }) => {
    const buffer = new FrameBuffer(8);
    for (const ptsMs of arrivals) buffer.push(1, at(ptsMs));
    for (const ptsMs of [0, 10, 40, 75])
      expect(jawAt(buffer, 1, ptsMs)).toBeCloseTo(ptsMs / 1000, 5);
  });

  it('does not depend on the order of arrival', () => {
    const order = fc.shuffledSubarray([0, 20, 40, 60, 80, 100], { minLength: 6 });
    fc.assert(
      fc.property(order, fc.nat({ max: 100 }), (arrivals, ptsMs) => {
        const buffer = new FrameBuffer(8);
        for (const arrival of arrivals) buffer.push(1, at(arrival));
        expect(jawAt(buffer, 1, ptsMs)).toBeCloseTo(ptsMs / 1000, 5);
      }),
    );
  });

  it('holds the nearest frame outside of what is held, and says so', () => {
    const buffer = new FrameBuffer(8);
    buffer.push(1, at(40));
    buffer.push(1, at(80));
    const pose = new Pose();
    expect(buffer.sample(1, 10_000, pose)).toBe('before');
    expect(pose.weights[JAW]).toBeCloseTo(0.04);
    expect(buffer.sample(1, 200_000, pose)).toBe('after');
    expect(pose.weights[JAW]).toBeCloseTo(0.08);
  });

  it('never mixes two turns', () => {
    const buffer = new FrameBuffer(8);
    buffer.push(1, at(960));
    buffer.push(2, at(0));
    buffer.push(2, at(40));
    expect(jawAt(buffer, 1, 990)).toBeCloseTo(0.96);
    expect(jawAt(buffer, 2, 20)).toBeCloseTo(0.02);
    expect(buffer.push(1, at(1000))).toBe('late');
  });

  it('of an unknown turn gives none', () => {
    const buffer = new FrameBuffer(8);
    buffer.push(2, at(0));
    expect(jawAt(buffer, 1, 0)).toBeUndefined();
    expect(jawAt(new FrameBuffer(2), 1, 0)).toBeUndefined();
  });
});

describe('a frame is lost', () => {
  it('late, when its time has been shown', () => {
    const buffer = new FrameBuffer(8);
    buffer.push(1, at(80));
    jawAt(buffer, 1, 90);
    expect(buffer.push(1, at(40))).toBe('late');
    expect(buffer.push(1, at(120))).toBeUndefined();
  });

  it('as the oldest, when there is no room', () => {
    const buffer = new FrameBuffer(2);
    buffer.push(1, at(0));
    buffer.push(1, at(40));
    expect(buffer.push(1, at(80))).toBe('overflow');
    expect(buffer.depth).toBe(2);
    expect(jawAt(buffer, 1, 60)).toBeCloseTo(0.06);
    expect(buffer.newestUs(1)).toBe(80_000);
    expect(buffer.newestUs(2)).toBeUndefined();
  });
});

it('clear forgets everything', () => {
  const buffer = new FrameBuffer(2);
  buffer.push(1, at(0));
  buffer.clear();
  expect(buffer.depth).toBe(0);
  expect(buffer.newestUs(1)).toBeUndefined();
});
