/** Waits between attempts to connect again: doubling, with a limit, and scattered so that clients spread. */
export class Backoff {
  readonly #random: () => number;
  #attempt = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Milliseconds to wait before the next attempt. */
  nextMs(): number {
    const limitMs = Math.min(8000, 250 * 2 ** this.#attempt++);
    return limitMs * (0.5 + 0.5 * this.#random());
  }

  /** An attempt worked: start over. */
  reset(): void {
    this.#attempt = 0;
  }
}
