const ABOVE_FLOOR = 4; // 12 dB over the room
const LEAST_RMS = 0.012;
const START_MS = 80; // of voice, so that a click is none
const STOP_MS = 600; // of silence, so that a breath is none
const FLOOR_FALL = 0.2;
const FLOOR_RISE = 0.005;

/** Tells voice from room noise by its loudness. Holds no clock. */
export class VoiceActivity {
  #floor = LEAST_RMS / ABOVE_FLOOR;
  #speaking = false;
  #changingSinceMs: number | undefined;

  /** Whether somebody speaks. */
  get speaking(): boolean {
    return this.#speaking;
  }

  /**
   * Take a measurement.
   *
   * @param rms root mean square of the newest sound
   * @returns what has changed, if anything has
   */
  receive(rms: number, nowMs: number): 'started' | 'stopped' | undefined {
    const loud = rms > Math.max(LEAST_RMS, this.#floor * ABOVE_FLOOR);
    if (!loud) this.#floor += (rms - this.#floor) * (rms < this.#floor ? FLOOR_FALL : FLOOR_RISE);
    if (loud === this.#speaking) {
      this.#changingSinceMs = undefined;
      return undefined;
    }
    this.#changingSinceMs ??= nowMs;
    if (nowMs - this.#changingSinceMs < (loud ? START_MS : STOP_MS)) return undefined;
    this.#speaking = loud;
    this.#changingSinceMs = undefined;
    return loud ? 'started' : 'stopped';
  }
}
