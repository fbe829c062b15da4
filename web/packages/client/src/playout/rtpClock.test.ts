import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RtpClock } from './rtpClock.ts';

describe('RtpClock', () => {
  it('knows nothing before the first reading', () => {
    expect(new RtpClock().at(1000)).toBeUndefined();
  });

  it('runs at 48 kHz between readings', () => {
    const clock = new RtpClock();
    clock.add(960, 1000);
    expect(clock.at(1000)).toBeCloseTo(960);
    expect(clock.at(1010)).toBeCloseTo(1440);
  });

  it('goes on over the wrap, wherever the sender begins', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (origin) => {
        const clock = new RtpClock();
        for (let k = 0; k <= 100; k++) clock.add((origin + 480 * k) % 2 ** 32, 10 * k);
        expect((clock.at(1000) as number) - origin).toBeCloseTo(48_000, 1);
      }),
    );
  });

  it('unwraps times before and after the newest one', () => {
    const clock = new RtpClock();
    clock.add(2 ** 32 - 480, 0);
    expect(clock.unwrap(480)).toBe(2 ** 32 + 480);
    expect(clock.unwrap(2 ** 32 - 960)).toBe(2 ** 32 - 960);
  });

  it('does not follow the jitter of single readings', () => {
    const clock = new RtpClock();
    for (let k = 0; k < 50; k++) clock.add(480 * k, 10 * k + (k % 5 === 0 ? 9 : 0));
    expect(clock.at(490)).toBeCloseTo(480 * 49, 0);
  });

  it('follows a jump within half a second', () => {
    const clock = new RtpClock();
    for (let k = 0; k < 100; k++) clock.add(480 * k, 10 * k);
    for (let k = 100; k < 160; k++) clock.add(480 * k, 10 * k + 50); // 50 ms were stretched in
    expect(clock.at(1650)).toBeCloseTo(480 * 160, 0);
  });

  it('counts a reading that did not change once', () => {
    const clock = new RtpClock();
    clock.add(0, 0);
    for (let k = 0; k < 100; k++) clock.add(480, 10);
    clock.add(960, 25);
    expect(clock.at(25)).toBeCloseTo(48 * 25, 0);
  });
});
