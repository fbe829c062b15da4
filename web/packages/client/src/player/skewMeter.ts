/** Percentiles of the distance between what is seen and what is heard. */
export interface Skew {
  readonly p50Ms: number;
  readonly p95Ms: number;
  /** Measurements that these figures rest on. */
  readonly count: number;
}

/** Keeps the newest measurements; takes no memory per measurement. */
export class SkewMeter {
  readonly #samples: Float32Array;
  #next = 0;
  #count = 0;

  constructor(capacity: number = 1024) {
    this.#samples = new Float32Array(capacity);
  }

  /** Add a measurement: media time drawn minus media time heard. */
  add(skewUs: number): void {
    this.#samples[this.#next] = Math.abs(skewUs) / 1000;
    this.#next = (this.#next + 1) % this.#samples.length;
    this.#count = Math.min(this.#count + 1, this.#samples.length);
  }

  /** Percentiles of the absolute values, or undefined before the first measurement. */
  read(): Skew | undefined {
    if (this.#count === 0) return undefined;
    const sorted = this.#samples.slice(0, this.#count).sort();
    const at = (q: number): number =>
      sorted[Math.min(this.#count - 1, Math.floor(q * this.#count))] ?? 0;
    return { p50Ms: at(0.5), p95Ms: at(0.95), count: this.#count };
  }
}
