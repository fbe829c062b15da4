import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blendShapeIndex } from '../media/blendShape.ts';
import { Pose, restValues } from '../media/pose.ts';
import { FrameBuffer } from './frameBuffer.ts';
import { Performer } from './performer.ts';

const JAW = blendShapeIndex('jawOpen');
const TIMING = { startS: 0.2, endS: 0.8, interruptS: 0.2, holdS: 0.25 };
const STEP_S = 1 / 60;

/** A performer whose turn 1 is one second with the jaw half open. */
function speaker(): { performer: Performer; frames: FrameBuffer } {
  const frames = new FrameBuffer(64);
  for (let ptsUs = 0; ptsUs <= 1_000_000; ptsUs += 40_000) {
    const values = restValues();
    values[JAW] = 0.5;
    frames.push(1, { ptsUs, values });
  }
  return { performer: new Performer(frames, TIMING), frames };
}

/** Jaw shown at a time, on a face whose idle pose has it shut. */
function jaw(performer: Performer, nowS: number, ptsUs?: number): number {
  const pose = new Pose();
  performer.perform(nowS, ptsUs === undefined ? undefined : { turn: 1, ptsUs }, pose);
  return pose.weights[JAW] as number;
}

describe('the face', () => {
  it('idles while nothing is audible', () => {
    const { performer } = speaker();
    const idle = new Pose();
    idle.weights[JAW] = 0.07;
    performer.perform(1, undefined, idle);
    expect(idle.weights[JAW]).toBeCloseTo(0.07);
    expect(performer.speaking).toBe(false);
  });

  it('follows speech once the transition is over', () => {
    const { performer } = speaker();
    jaw(performer, 1, 0);
    expect(jaw(performer, 1.1, 100_000)).toBeCloseTo(0.25, 2);
    expect(jaw(performer, 1.2, 200_000)).toBeCloseTo(0.5);
  });

  it('comes to rest within 300 ms of an interrupt, and shows no later frame', () => {
    const { performer } = speaker();
    jaw(performer, 1, 0);
    jaw(performer, 1.5, 500_000);
    performer.interrupt(1.5);
    expect(jaw(performer, 1.51, 510_000)).toBeGreaterThan(0.4);
    expect(jaw(performer, 1.8, 800_000)).toBe(0);
  });

  it('eases to idling after the last frame', () => {
    const { performer } = speaker();
    jaw(performer, 1, 0);
    jaw(performer, 2, 1_000_000);
    expect(jaw(performer, 2.21, 1_210_000)).toBeCloseTo(0.5);
    expect(jaw(performer, 2.6, undefined)).toBeCloseTo(0.25, 1);
    expect(jaw(performer, 3.1, undefined)).toBe(0);
  });

  it('holds its pose over a short gap in the sound', () => {
    const { performer } = speaker();
    jaw(performer, 1, 0);
    jaw(performer, 1.5, 500_000);
    expect(jaw(performer, 1.7, undefined)).toBeCloseTo(0.5);
    expect(performer.speaking).toBe(true);
    jaw(performer, 1.8, undefined);
    expect(performer.speaking).toBe(false);
  });

  it('plays on with sound alone when motion is missing', () => {
    const performer = new Performer(new FrameBuffer(4), TIMING);
    expect(jaw(performer, 1, 500_000)).toBe(0);
    expect(performer.speaking).toBe(false);
  });

  it('never jumps, whatever the sound does', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('play' as const), n: fc.nat({ max: 20 }) }),
      fc.record({ kind: fc.constant('gap' as const), n: fc.nat({ max: 40 }) }),
      fc.record({ kind: fc.constant('interrupt' as const), n: fc.constant(1) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const { performer } = speaker();
        let nowS = 1;
        let ptsUs = 0;
        let last = jaw(performer, nowS);
        for (const { kind, n } of steps) {
          if (kind === 'interrupt') performer.interrupt(nowS);
          for (let i = 0; i < n; i++) {
            nowS += STEP_S;
            ptsUs += STEP_S * 1e6;
            const next = jaw(performer, nowS, kind === 'play' ? ptsUs : undefined);
            // The steepest a transition gets: 1.5 times its mean slope.
            expect(Math.abs(next - last)).toBeLessThan(0.5 * 1.5 * (STEP_S / TIMING.startS) + 1e-3);
            last = next;
          }
        }
      }),
    );
  });
});
