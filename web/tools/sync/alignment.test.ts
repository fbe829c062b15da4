import { expect, it } from 'vitest';
import { ALIGN_RATE_HZ, heardAt, reduce } from './alignment.ts';

/** A sound that never repeats: a sweep with a wobble. */
function sweep(seconds: number): Float32Array {
  return Float32Array.from({ length: seconds * ALIGN_RATE_HZ }, (_, i) => {
    const t = i / ALIGN_RATE_HZ;
    return 0.3 * Math.sin(2 * Math.PI * (150 * t + 120 * t * t)) * (1.2 + Math.sin(9 * t));
  });
}

it('finds the moment of the reference that a recording plays', () => {
  const reference = { startS: -0.0065, samples: sweep(3) };
  const recording = { startS: 100, samples: reference.samples.slice(ALIGN_RATE_HZ) }; // one second later
  for (const expectedS of [1.6, 1.5, 1.35]) {
    expect(heardAt(recording, 100.5, reference, expectedS)).toBeCloseTo(1.5 - 0.0065, 3);
  }
});

it('says nothing about silence, other sounds, or moments outside', () => {
  const reference = { startS: 0, samples: sweep(3) };
  const noise = Float32Array.from(
    { length: 3 * ALIGN_RATE_HZ },
    (_, i) => ((i * 7919) % 101) / 200 - 0.25,
  );
  expect(
    heardAt({ startS: 0, samples: new Float32Array(36_000) }, 1, reference, 1),
  ).toBeUndefined();
  expect(heardAt({ startS: 0, samples: noise }, 1, reference, 1)).toBeUndefined();
  expect(heardAt(reference, 0.01, reference, 0.01)).toBeUndefined();
  expect(heardAt(reference, 3.5, reference, 3.5)).toBeUndefined();
});

it('reducing keeps what is heard', () => {
  const fine = Float32Array.from({ length: 480 }, (_, i) =>
    Math.sin((2 * Math.PI * 300 * i) / 48_000),
  );
  const coarse = reduce(fine);
  expect(coarse.length).toBe(120);
  expect(coarse[30]).toBeCloseTo(fine[121] ?? NaN, 1);
});
