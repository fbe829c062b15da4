import { expect, it } from 'vitest';
import { SkewMeter } from './skewMeter.ts';

it('tells percentiles of the distance, whichever comes first', () => {
  const meter = new SkewMeter();
  for (let ms = 1; ms <= 100; ms++) meter.add((ms % 2 === 0 ? 1 : -1) * ms * 1000);
  expect(meter.read()).toEqual({ p50Ms: 51, p95Ms: 96, count: 100 });
});

it('knows nothing before the first measurement, and forgets the oldest', () => {
  const meter = new SkewMeter(2);
  expect(meter.read()).toBeUndefined();
  for (const ms of [900, 1, 1]) meter.add(ms * 1000);
  expect(meter.read()?.p95Ms).toBe(1);
});
