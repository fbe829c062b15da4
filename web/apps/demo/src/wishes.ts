/** What somebody wants changed, by name. */
export type Wish = Readonly<Record<string, string | number | boolean>>;

/**
 * Collects the changes of a moment: who drags a slider wants the newest value, and not all of them.
 */
export class Wishes {
  readonly #send: (topic: string, wish: Wish) => void;
  readonly #ready: () => boolean;
  readonly #waitMs: number;
  readonly #pending: Map<string, Wish> = new Map<string, Wish>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param ready whether what is sent would arrive; until then it is kept */
  constructor(
    send: (topic: string, wish: Wish) => void,
    ready: () => boolean,
    waitMs: number = 120,
  ) {
    this.#send = send;
    this.#ready = ready;
    this.#waitMs = waitMs;
  }

  /** Whether something has not been sent yet. */
  get open(): boolean {
    return this.#pending.size > 0;
  }

  /** Note a change; the newest of a name counts. */
  add(topic: string, wish: Wish): void {
    this.#pending.set(topic, { ...this.#pending.get(topic), ...wish });
    this.#timer ??= setTimeout(() => {
      this.flush();
    }, this.#waitMs);
  }

  /** Send what there is, at once: what is said next must not be faster. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#ready()) return;
    const pending = [...this.#pending];
    this.#pending.clear();
    for (const [topic, wish] of pending) this.#send(topic, wish);
  }
}
