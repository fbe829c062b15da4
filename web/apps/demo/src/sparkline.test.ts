import { expect, it } from 'vitest';
import { curve } from './sparkline.ts';

it('the newest value is at the right, and what is too large at the top', () => {
  expect(curve([0, 10, 99], 5, 20)).toBe('M50.0 20.0L75.0 10.0L100.0 0.0');
  expect(curve([], 5, 20)).toBe('');
});
