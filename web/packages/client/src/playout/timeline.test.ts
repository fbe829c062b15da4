import { expect, it } from 'vitest';
import { Timeline, type Playhead } from './timeline.ts';

const RATE_HZ = 48_000;

function locate(timeline: Timeline, frame: number): Playhead | undefined {
  const playhead = { turn: 0, ptsUs: 0 };
  return timeline.locate(frame, playhead) ? playhead : undefined;
}

it('media time runs with the samples from an anchor on', () => {
  const timeline = new Timeline(RATE_HZ);
  timeline.add(1000, 3, 500_000, true);
  expect(locate(timeline, 1000 + RATE_HZ)).toEqual({ turn: 3, ptsUs: 1_500_000 });
});

it('an anchor holds from its sample on, and the one before it until then', () => {
  const timeline = new Timeline(RATE_HZ);
  timeline.add(0, 1, 0, true);
  timeline.add(4800, 1, 400_000, true);
  expect(locate(timeline, 4799)?.ptsUs).toBeCloseTo(99_979, 0);
  expect(locate(timeline, 4800)?.ptsUs).toBe(400_000);
});

it('nothing is audible before the first anchor, and after a stop', () => {
  const timeline = new Timeline(RATE_HZ);
  expect(locate(timeline, 0)).toBeUndefined();
  timeline.add(100, 1, 0, true);
  timeline.add(200, 0, 0, false);
  expect(locate(timeline, 99)).toBeUndefined();
  expect(locate(timeline, 150)?.turn).toBe(1);
  expect(locate(timeline, 200)).toBeUndefined();
});

it('keeps the newest anchors when there are many', () => {
  const timeline = new Timeline(RATE_HZ, 4);
  for (let i = 0; i < 10; i++) timeline.add(i * 100, i, 0, true);
  expect(locate(timeline, 950)?.turn).toBe(9);
  expect(locate(timeline, 650)?.turn).toBe(6);
  expect(locate(timeline, 550)).toBeUndefined();
});

it('clear forgets all', () => {
  const timeline = new Timeline(RATE_HZ);
  timeline.add(0, 1, 0, true);
  timeline.clear();
  expect(locate(timeline, 10)).toBeUndefined();
});
