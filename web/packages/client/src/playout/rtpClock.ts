const RTP_HZ = 48_000;
const RTP_PER_MS = RTP_HZ / 1000;
const WRAP = 2 ** 32;
const WINDOW_MS = 500;
const CAPACITY = 64;

/**
 * Tells which RTP time leaves the jitter buffer, from readings of what left it when.
 *
 * A reading comes with a jitter of some 10 ms, so the median of half a second counts. RTP times are
 * unwrapped: they only grow.
 */
export class RtpClock {
  readonly #atMs: Float64Array = new Float64Array(CAPACITY);
  readonly #offsetsMs: Float64Array = new Float64Array(CAPACITY);
  readonly #sorted: Float64Array = new Float64Array(CAPACITY);
  #next = 0;
  #count = 0;
  #newest: number | undefined;

  /** Continue a 32-bit RTP time beyond its wrap, next to the newest one known. */
  unwrap(rtp: number): number {
    if (this.#newest === undefined) return rtp;
    const behind = (((this.#newest - rtp) % WRAP) + WRAP) % WRAP;
    return behind < WRAP / 2 ? this.#newest - behind : this.#newest + (WRAP - behind);
  }

  /**
   * Add a reading.
   *
   * @param rtp RTP time, 32 bits
   * @param atMs when it left, on the clock of `performance.now()`
   */
  add(rtp: number, atMs: number): void {
    const last = (this.#next + CAPACITY - 1) % CAPACITY;
    if (this.#count > 0 && this.#atMs[last] === atMs) return;
    const unwrapped = this.unwrap(rtp);
    this.#newest = Math.max(unwrapped, this.#newest ?? unwrapped);
    this.#atMs[this.#next] = atMs;
    this.#offsetsMs[this.#next] = unwrapped / RTP_PER_MS - atMs;
    this.#next = (this.#next + 1) % CAPACITY;
    this.#count = Math.min(this.#count + 1, CAPACITY);
  }

  /** The RTP time, unwrapped, that leaves at `nowMs`; undefined before the first reading. */
  at(nowMs: number): number | undefined {
    let n = 0;
    for (let back = 1; back <= this.#count; back++) {
      const index = (this.#next - back + CAPACITY) % CAPACITY;
      if (n > 0 && nowMs - (this.#atMs[index] as number) > WINDOW_MS) break;
      this.#sorted[n++] = this.#offsetsMs[index] as number;
    }
    if (n === 0) return undefined;
    this.#sorted.subarray(0, n).sort();
    return (nowMs + (this.#sorted[n >> 1] as number)) * RTP_PER_MS;
  }
}
