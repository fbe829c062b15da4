import { expect, it } from 'vitest';
import { Backoff } from './backoff.ts';

it('waits longer each time, up to a limit, and starts over after success', () => {
  const backoff = new Backoff(() => 1);
  const waits = Array.from({ length: 8 }, () => backoff.nextMs());
  expect(waits).toEqual([250, 500, 1000, 2000, 4000, 8000, 8000, 8000]);
  backoff.reset();
  expect(backoff.nextMs()).toBe(250);
});

it('scatters its waits', () => {
  expect(new Backoff(() => 0).nextMs()).toBe(125);
});
