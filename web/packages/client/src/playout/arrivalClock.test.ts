import { expect, it } from 'vitest';
import { ArrivalClock } from './arrivalClock.ts';

function heard(clock: ArrivalClock, nowMs: number): readonly [number, number] | undefined {
  const playhead = { turn: 0, ptsUs: 0 };
  return clock.locate(nowMs, playhead)
    ? [playhead.turn, Math.round(playhead.ptsUs / 1000)]
    : undefined;
}

it('sound is heard a playout delay after it came', () => {
  const clock = new ArrivalClock(80);
  for (let pts = 0; pts <= 400; pts += 40) clock.note(1, pts * 1000, pts === 400, 1000 + pts);
  expect(heard(clock, 1079)).toBeUndefined();
  expect(heard(clock, 1080)).toEqual([1, 0]);
  expect(heard(clock, 1280)).toEqual([1, 200]);
  expect(heard(clock, 1481)).toBeUndefined();
});

it('the fastest packets tell the time; late ones do not move it', () => {
  const clock = new ArrivalClock(80);
  clock.note(1, 0, false, 1030);
  clock.note(1, 40_000, false, 1040);
  clock.note(1, 80_000, false, 1300);
  expect(heard(clock, 1200)).toEqual([1, 120]);
});

it('the end of a turn sounds until the next one does', () => {
  const clock = new ArrivalClock(100);
  clock.note(1, 0, false, 1000);
  clock.note(1, 200_000, true, 1200);
  clock.note(2, 0, false, 1240);
  expect(heard(clock, 1290)).toEqual([1, 190]);
  expect(heard(clock, 1320)).toBeUndefined();
  expect(heard(clock, 1340)).toEqual([2, 0]);
});

it('stops when nothing more comes, and at an interrupt', () => {
  const clock = new ArrivalClock(0);
  clock.note(1, 0, false, 1000);
  expect(heard(clock, 1100)).toEqual([1, 100]);
  expect(heard(clock, 1200)).toBeUndefined();
  clock.clear();
  expect(heard(clock, 1000)).toBeUndefined();
});
