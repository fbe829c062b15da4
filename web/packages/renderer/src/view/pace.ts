const SLOW_S = 1 / 28;
const SLOW_FOR_S = 1.5;
const SETTLE_S = 2; // compiling shaders and uploading textures is not the usual pace

/** Decides from the time between pictures when to save work. */
export class Pace {
  #startedS: number | undefined;
  #slowSinceS: number | undefined;
  #averageS = 0;

  /** Average time between pictures, seconds. */
  get averageS(): number {
    return this.#averageS;
  }

  /**
   * Note a picture.
   *
   * @param nowS current time
   * @param sinceLastS time since the picture before it
   * @returns whether to save work from now on
   */
  note(nowS: number, sinceLastS: number): boolean {
    this.#startedS ??= nowS;
    this.#averageS = this.#averageS === 0 ? sinceLastS : 0.9 * this.#averageS + 0.1 * sinceLastS;
    if (nowS - this.#startedS < SETTLE_S) return false;
    if (this.#averageS < SLOW_S) {
      this.#slowSinceS = undefined;
      return false;
    }
    this.#slowSinceS ??= nowS;
    if (nowS - this.#slowSinceS < SLOW_FOR_S) return false;
    this.#startedS = nowS;
    this.#slowSinceS = undefined;
    return true;
  }
}
