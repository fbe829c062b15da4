/**
 * Tells when the page goes away, and when the browser brings it back from its cache.
 *
 * A member that does not leave stays in a vendor's channel for seconds, and a page that is still connected is not cached.
 */
export class PageLife {
  readonly #onLeave: () => void;
  readonly #onReturn: () => void;

  constructor(onLeave: () => void, onReturn: () => void) {
    this.#onLeave = onLeave;
    this.#onReturn = onReturn;
  }

  /** Listen from now on; does nothing where there is no page. */
  watch(): void {
    if (typeof window === 'undefined') return;
    window.addEventListener('pagehide', this.#onLeave);
    window.addEventListener('pageshow', this.#show);
  }

  /** Listen no more. */
  forget(): void {
    if (typeof window === 'undefined') return;
    window.removeEventListener('pagehide', this.#onLeave);
    window.removeEventListener('pageshow', this.#show);
  }

  readonly #show = ({ persisted }: PageTransitionEvent): void => {
    if (persisted) this.#onReturn();
  };
}
