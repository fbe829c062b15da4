import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Wishes, type Wish } from './wishes.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('the newest value of a moment is sent, once', () => {
  const sent: [string, Wish][] = [];
  const wishes = new Wishes(
    (...message) => sent.push(message),
    () => true,
    100,
  );
  wishes.add('style', { intensity: 0.5 });
  wishes.add('style', { intensity: 0.6, head: false });
  wishes.add('voice', { speed: 0.8 });
  expect(sent).toEqual([]);
  vi.advanceTimersByTime(100);
  expect(sent).toEqual([
    ['style', { intensity: 0.6, head: false }],
    ['voice', { speed: 0.8 }],
  ]);
  vi.advanceTimersByTime(1000);
  expect(sent).toHaveLength(2);
});

it('what is said next does not overtake a wish', () => {
  const sent: string[] = [];
  const wishes = new Wishes(
    (topic) => sent.push(topic),
    () => true,
    100,
  );
  wishes.add('style', { emotion: 'sad' });
  wishes.flush();
  expect(sent).toEqual(['style']);
  expect(wishes.open).toBe(false);
  vi.advanceTimersByTime(1000);
  expect(sent).toEqual(['style']);
});

it('without a connection a wish is kept', () => {
  const sent: Wish[] = [];
  let connected = false;
  const wishes = new Wishes(
    (_topic, wish) => sent.push(wish),
    () => connected,
    100,
  );
  wishes.add('voice', { timbre: 'deeper' });
  vi.advanceTimersByTime(1000);
  expect([sent, wishes.open]).toEqual([[], true]);
  connected = true;
  wishes.flush();
  expect(sent).toEqual([{ timbre: 'deeper' }]);
});
