import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Rejoin } from './rejoin.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('each failure is followed by one attempt, later and later', () => {
  const attempts: number[] = [];
  const startMs = Date.now();
  const rejoin = new Rejoin(() => {
    attempts.push(Date.now() - startMs);
    rejoin.failed();
    rejoin.failed();
  });
  rejoin.failed();
  vi.advanceTimersByTime(36_000);
  expect(attempts).toEqual([1000, 3000, 7000, 15_000, 25_000, 35_000]);
});

it('after a success nothing is tried, and the next failure waits little', () => {
  let attempts = 0;
  const rejoin = new Rejoin(() => attempts++);
  rejoin.failed();
  rejoin.worked();
  vi.advanceTimersByTime(60_000);
  expect(attempts).toBe(0);
  rejoin.failed();
  vi.advanceTimersByTime(1000);
  expect(attempts).toBe(1);
});
