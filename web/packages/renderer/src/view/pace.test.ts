import { expect, it } from 'vitest';
import { Pace } from './pace.ts';

/** Draw for some seconds; the times at which work is to be saved. */
function draw(pace: Pace, seconds: number, everyS: number): number[] {
  const saved: number[] = [];
  for (let nowS = 0; nowS < seconds; nowS += everyS) if (pace.note(nowS, everyS)) saved.push(nowS);
  return saved;
}

it('a smooth picture is left alone', () => {
  expect(draw(new Pace(), 20, 1 / 60)).toEqual([]);
});

it('a slow picture is made cheaper, step by step and not in the first seconds', () => {
  const saved = draw(new Pace(), 12, 1 / 15);
  expect(saved.length).toBeGreaterThanOrEqual(2);
  expect(saved[0]).toBeGreaterThan(3);
});
