const FIRST_MS = 1000;
const LONGEST_MS = 10_000;

/** Tries again, ever more patiently, until it is told that it worked. */
export class Rejoin {
  readonly #attempt: () => void;
  #waitMs = FIRST_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(attempt: () => void) {
    this.#attempt = attempt;
  }

  /** Note a failure: there will be another attempt. */
  failed(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#attempt();
    }, this.#waitMs);
    this.#waitMs = Math.min(2 * this.#waitMs, LONGEST_MS);
  }

  /** Note a success. */
  worked(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waitMs = FIRST_MS;
  }
}
