import type { AvatarProvider } from '../provider/provider.ts';
import { AvatarError } from './avatarError.ts';
import { openMicrophone } from './microphone.ts';

/** Puts the user's sound into the channel: a track of the page's, or the microphone, which it opens and closes. */
export class Publisher {
  readonly #provider: AvatarProvider;
  readonly #onLost: (error: AvatarError) => void;
  #microphone: MediaStreamTrack | undefined;

  /** @param onLost called when the microphone goes away by itself */
  constructor(provider: AvatarProvider, onLost: (error: AvatarError) => void) {
    this.#provider = provider;
    this.#onLost = onLost;
  }

  /** Publish a track; without one, the microphone. */
  async publish(track?: MediaStreamTrack): Promise<void> {
    if (track !== undefined) {
      await this.stopMicrophone(); // a channel takes one track of a member
      await this.#provider.publishAudio(track);
    } else if (this.#microphone === undefined) await this.#startMicrophone();
  }

  /** Take the published track out of the channel; a track of the page's goes on, the microphone is closed. */
  async unpublish(): Promise<void> {
    if (this.#microphone === undefined) await this.#provider.unpublishAudio();
    else await this.stopMicrophone();
  }

  /** Take the microphone out of the channel and close it. */
  async stopMicrophone(): Promise<void> {
    const track = this.#microphone;
    if (track === undefined) return;
    this.#microphone = undefined;
    track.onended = null;
    try {
      await this.#provider.unpublishAudio();
    } finally {
      track.stop(); // its light goes out, whatever the channel says
    }
  }

  async #startMicrophone(): Promise<void> {
    const track = await openMicrophone();
    this.#microphone = track;
    track.onended = (): void => {
      void this.#lose();
    };
    try {
      await this.#provider.publishAudio(track);
    } catch (error) {
      this.#microphone = undefined;
      track.onended = null;
      track.stop();
      throw error;
    }
  }

  /** The microphone was unplugged, or the user took it back. */
  async #lose(): Promise<void> {
    await this.stopMicrophone().catch(() => undefined); // there is nothing left to take out
    const text = 'The microphone is gone. Choose another one and switch it on again.';
    this.#onLost(new AvatarError('microphone_lost', text));
  }
}
