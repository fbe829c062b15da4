type Handler<Payload> = (payload: Payload) => void;

/** Calls handlers by the name of an event. */
export class Emitter<Events extends object> {
  readonly #handlers: { [Name in keyof Events]?: Set<Handler<Events[Name]>> } = {};

  /** Call a handler from now on. */
  on<Name extends keyof Events>(name: Name, handler: Handler<Events[Name]>): void {
    (this.#handlers[name] ??= new Set()).add(handler);
  }

  /** Call a handler no more. */
  off<Name extends keyof Events>(name: Name, handler: Handler<Events[Name]>): void {
    this.#handlers[name]?.delete(handler);
  }

  /** Whether anyone listens to an event. */
  has(name: keyof Events): boolean {
    return (this.#handlers[name]?.size ?? 0) > 0;
  }

  /** Call the handlers of an event. */
  emit<Name extends keyof Events>(name: Name, payload: Events[Name]): void {
    for (const handler of [...(this.#handlers[name] ?? [])]) handler(payload);
  }

  /** Forget all handlers. */
  clear(): void {
    for (const name of Object.keys(this.#handlers) as (keyof Events)[]) {
      this.#handlers[name]?.clear();
    }
  }
}
