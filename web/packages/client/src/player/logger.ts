import type { LogLevel } from './state.ts';

const RANK: Readonly<Record<LogLevel, number>> = {
  off: 0,
  error: 1,
  warning: 2,
  info: 3,
  debug: 4,
};

/** Writes to the browser's console what is at or above a level. Never tokens, never what is said. */
export class Logger {
  #rank: number;

  constructor(level: LogLevel) {
    this.#rank = RANK[level];
  }

  /** Log from this level on. */
  setLevel(level: LogLevel): void {
    this.#rank = RANK[level];
  }

  /* eslint-disable no-console -- the one place that writes to it */
  error(text: string): void {
    if (this.#rank >= RANK.error) console.error(`avamotion: ${text}`);
  }

  warning(text: string): void {
    if (this.#rank >= RANK.warning) console.warn(`avamotion: ${text}`);
  }

  info(text: string): void {
    if (this.#rank >= RANK.info) console.info(`avamotion: ${text}`);
  }
  /* eslint-enable no-console */
}
