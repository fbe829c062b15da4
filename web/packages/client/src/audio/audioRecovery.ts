/**
 * Lets sound out again after the system held it back: a call, a lost headset, a sleeping tab.
 *
 * The browser stops the graph by itself then, and does not start it again by itself.
 */
export class AudioRecovery {
  /** The page holds the sound on purpose. */
  held = false;
  readonly #context: AudioContext;
  #hasRun = false;

  constructor(context: AudioContext) {
    this.#context = context;
    context.addEventListener('statechange', this.#note);
    document.addEventListener('visibilitychange', this.#recover);
    // Only a page with a secure origin is told of its devices.
    (navigator.mediaDevices as MediaDevices | undefined)?.addEventListener(
      'devicechange',
      this.#recover,
    );
  }

  /** Do nothing more. */
  dispose(): void {
    this.#context.removeEventListener('statechange', this.#note);
    document.removeEventListener('visibilitychange', this.#recover);
    (navigator.mediaDevices as MediaDevices | undefined)?.removeEventListener(
      'devicechange',
      this.#recover,
    );
  }

  readonly #note = (): void => {
    if (this.#context.state === 'running') this.#hasRun = true;
  };

  readonly #recover = (): void => {
    const { state } = this.#context;
    if (!this.#hasRun || this.held || state === 'running' || state === 'closed') return;
    if (document.visibilityState === 'hidden') return;
    this.#context.resume().catch(() => undefined); // not allowed: the page is told that sound is blocked
  };
}
