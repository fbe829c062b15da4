import { expect, it } from 'vitest';
import { VoiceActivity } from './voiceActivity.ts';

/** Listen to a loudness for some time; what was told, and when. */
function listen(activity: VoiceActivity, fromMs: number, toMs: number, rms: number): string[] {
  const told: string[] = [];
  for (let nowMs = fromMs; nowMs < toMs; nowMs += 20) {
    const change = activity.receive(rms, nowMs);
    if (change !== undefined) told.push(`${change} at ${String(nowMs)}`);
  }
  return told;
}

it('voice is noticed soon, and its end after a pause', () => {
  const activity = new VoiceActivity();
  expect(listen(activity, 0, 1000, 0.002)).toEqual([]);
  expect(listen(activity, 1000, 2000, 0.1)).toEqual(['started at 1080']);
  expect(listen(activity, 2000, 2400, 0.002)).toEqual([]); // a breath
  expect(listen(activity, 2400, 2600, 0.1)).toEqual([]);
  expect(listen(activity, 2600, 4000, 0.002)).toEqual(['stopped at 3200']);
});

it('a click is no voice', () => {
  const activity = new VoiceActivity();
  expect(listen(activity, 0, 40, 0.5)).toEqual([]);
  expect(listen(activity, 40, 400, 0.002)).toEqual([]);
  expect(activity.speaking).toBe(false);
});

it('a loud room is no voice once it is known', () => {
  const activity = new VoiceActivity();
  listen(activity, 0, 20_000, 0.01);
  expect(listen(activity, 20_000, 22_000, 0.03)).toEqual([]);
  expect(listen(activity, 22_000, 23_000, 0.1)).toEqual(['started at 22080']);
});
