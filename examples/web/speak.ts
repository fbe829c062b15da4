import { AvatarPlayer, LocalProvider } from '@avamotion/client';
import { AvatarManager, AvatarView } from '@avamotion/renderer';
import type { Invitation } from './join.ts';

export interface Listener {
  onBlocked(blocked: boolean): void;
  onProblem(message: string): void;
}

export interface Speaker {
  /** Let the sound out; call it inside a click. */
  hear(): void;
  /** Leave the channel, and everything else, whenever it comes. */
  stop(): void;
}

/** Show an avatar in an element and let it speak, until it is stopped. */
export function speak(
  stage: HTMLElement,
  join: () => Promise<Invitation>,
  { onBlocked, onProblem }: Listener,
): Speaker {
  let stopped = false;
  let player: AvatarPlayer | undefined;
  let view: AvatarView | undefined;

  async function start(): Promise<void> {
    const { avatarUrl, config } = await join();
    const avatar = await AvatarManager.shared.load(avatarUrl);
    // A framework may take the component away while all this loads.
    if (stopped) return;
    view = new AvatarView(avatar, stage);
    player = new AvatarPlayer(new LocalProvider(), view);
    player.on('audio-blocked', () => onBlocked(true));
    player.on('audio-unblocked', () => onBlocked(false));
    player.on('error', (error) => onProblem(error.message));
    await player.connect(config);
  }

  start().catch((error: Error) => {
    if (!stopped) onProblem(error.message);
  });

  return {
    hear: () => void player?.unlockAudio(),
    stop: () => {
      stopped = true;
      void player?.dispose();
      view?.dispose();
    },
  };
}
