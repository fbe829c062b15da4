/** Sound at `ALIGN_RATE_HZ`, from a known time on. */
export interface Track {
  /** Time of the first sample, seconds on the track's own clock. */
  readonly startS: number;
  readonly samples: Float32Array;
}

/** Rate to which sound is brought down before it is compared. */
export const ALIGN_RATE_HZ = 12_000;

const WINDOW_S = 0.12;
const SEARCH_S = 0.3;
const LEAST_LIKENESS = 0.9;
const LEAST_RMS = 0.01;

/** Bring sound at 48 kHz down to the rate of comparison. */
export function reduce(samples: Float32Array): Float32Array {
  const reduced = new Float32Array(Math.floor(samples.length / 4));
  for (let i = 0; i < reduced.length; i++) {
    for (let k = 0; k < 4; k++)
      reduced[i] = (reduced[i] as number) + (samples[4 * i + k] as number) / 4;
  }
  return reduced;
}

/**
 * Find which moment of a reference was heard at a moment of a recording.
 *
 * Compares the sound just before that moment with the reference around where it is expected.
 *
 * @returns the moment on the reference's clock in seconds, or undefined if the sound is too soft or unlike
 */
export function heardAt(
  recording: Track,
  atS: number,
  reference: Track,
  expectedS: number,
): number | undefined {
  const n = Math.round(WINDOW_S * ALIGN_RATE_HZ);
  const end = Math.round((atS - recording.startS) * ALIGN_RATE_HZ);
  if (end - n < 0 || end > recording.samples.length) return undefined;
  const window = recording.samples.subarray(end - n, end);
  if (Math.sqrt(energy(window) / n) < LEAST_RMS) return undefined;
  const middle = Math.round((expectedS - reference.startS) * ALIGN_RATE_HZ);
  const reach = Math.round(SEARCH_S * ALIGN_RATE_HZ);
  const first = Math.max(n, middle - reach);
  const last = Math.min(reference.samples.length, middle + reach);
  if (first > last) return undefined;
  const own = energy(window);
  let other = energy(reference.samples.subarray(first - n, first));
  let best = LEAST_LIKENESS;
  let found: number | undefined;
  for (let place = first; place <= last; place++) {
    let dot = 0;
    for (let i = 0; i < n; i++) {
      dot += (window[i] as number) * (reference.samples[place - n + i] as number);
    }
    const likeness = dot / Math.sqrt(own * Math.max(other, 0) + 1e-12);
    if (likeness > best) {
      best = likeness;
      found = place;
    }
    other += (reference.samples[place] ?? 0) ** 2 - (reference.samples[place - n] as number) ** 2;
  }
  return found === undefined ? undefined : reference.startS + found / ALIGN_RATE_HZ;
}

function energy(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return sum;
}
