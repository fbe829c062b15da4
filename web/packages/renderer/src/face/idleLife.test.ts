import { blendShapeIndex, Pose } from '@avamotion/client';
import { describe, expect, it } from 'vitest';
import { IdleLife } from './idleLife.ts';
import { seededRandom } from './random.ts';

const BLINK = blendShapeIndex('eyeBlinkLeft');
const STEP_S = 1 / 60;

/** Watch a face idle for a while. */
function watch(idle: IdleLife, seconds: number, see: (pose: Pose, nowS: number) => void): void {
  const pose = new Pose();
  for (let nowS = 0; nowS < seconds; nowS += STEP_S) {
    idle.sample(nowS, pose);
    see(pose, nowS);
  }
}

describe('an idle face', () => {
  it('blinks about as often as people do', () => {
    let blinks = 0;
    let shut = false;
    watch(new IdleLife(seededRandom(7)), 120, ({ weights }) => {
      const now = (weights[BLINK] as number) > 0.9;
      if (now && !shut) blinks++;
      shut = now;
    });
    expect(blinks / 2).toBeGreaterThan(8);
    expect(blinks / 2).toBeLessThan(30);
  });

  it('moves its head slowly and little, and never jumps', () => {
    let last: number[] | undefined;
    watch(new IdleLife(seededRandom(7)), 60, ({ head }) => {
      expect(Math.hypot(...head)).toBeCloseTo(1, 5);
      expect(Math.hypot(head[0] ?? 0, head[1] ?? 0, head[2] ?? 0)).toBeLessThan(0.03);
      head.forEach((value, i) =>
        expect(Math.abs(value - (last?.[i] ?? value))).toBeLessThan(0.001),
      );
      last = [...head];
    });
  });

  it('looks around, mostly at the viewer', () => {
    let aside = 0;
    let n = 0;
    watch(new IdleLife(seededRandom(3)), 120, ({ gazeYawRad }) => {
      n++;
      if (Math.abs(gazeYawRad) > 0.05) aside++;
    });
    expect(aside).toBeGreaterThan(0);
    expect(aside / n).toBeLessThan(0.3);
  });

  it('follows from its seed', () => {
    const poses = [1, 1, 2].map((seed) => {
      const seen: number[] = [];
      watch(new IdleLife(seededRandom(seed)), 10, ({ values }) =>
        seen.push(values.reduce((a, b) => a + b)),
      );
      return seen;
    });
    expect(poses[0]).toEqual(poses[1]);
    expect(poses[0]).not.toEqual(poses[2]);
  });

  it('keeps still but blinks where motion is unwelcome', () => {
    const idle = new IdleLife(seededRandom(7), { motion: 0 });
    let blinked = false;
    watch(idle, 20, ({ weights, head, gazeYawRad }) => {
      blinked ||= (weights[BLINK] as number) > 0.9;
      expect(head[1]).toBeCloseTo(0);
      expect(gazeYawRad).toBeCloseTo(0);
    });
    expect(blinked).toBe(true);
  });
});
