import { describe, expect, it } from 'vitest';
import { cutWindowSamples, findCut } from './pitch.ts';

const RATE_HZ = 48_000;

function voice(hz: number, amplitude: number = 0.3): Float32Array {
  return Float32Array.from({ length: cutWindowSamples(RATE_HZ) }, (_, i) =>
    [1, 2, 3].reduce(
      (sum, k) => sum + (amplitude / k) * Math.sin((2 * Math.PI * hz * k * i) / RATE_HZ),
      0,
    ),
  );
}

describe('a cut', () => {
  it.each([80, 120, 200, 310])('through a voice of %i Hz is a whole number of periods', (hz) => {
    const cut = { samples: 0, silent: false };
    findCut(voice(hz), RATE_HZ, cut);
    const periods = (cut.samples * hz) / RATE_HZ;
    expect(periods).toBeGreaterThan(0.9);
    expect(Math.abs(periods - Math.round(periods))).toBeLessThan(0.08);
    expect(cut.silent).toBe(false);
  });

  it('through silence is as long as may be', () => {
    const cut = { samples: 0, silent: false };
    findCut(voice(100, 1e-5), RATE_HZ, cut);
    expect(cut).toEqual({ samples: 960, silent: true });
  });

  it('is not made where nothing repeats', () => {
    const cut = { samples: 9, silent: false };
    const click = new Float32Array(cutWindowSamples(RATE_HZ));
    click.fill(0.5, 0, 60); // one edge, nothing like it later
    findCut(click, RATE_HZ, cut);
    expect(cut.samples).toBe(0);
  });
});
