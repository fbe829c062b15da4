/** The lines that put a face on somebody's page. */
export function shareCode(avatarId: string): string {
  return `import { AvatarPlayer, LocalProvider } from '@avamotion/client';
import { AvatarManager, AvatarView } from '@avamotion/renderer';

const avatar = await AvatarManager.shared.load('${avatarId}');
const view = new AvatarView(avatar, document.getElementById('avatar'));
const player = new AvatarPlayer(new LocalProvider(), view);

// Your backend makes the token; see docs/channel.md.
const { appId, channel, token, uid } = await (await fetch('/my/token')).json();
await player.connect({ appId, channel, token, uid });
document.addEventListener('click', () => player.unlockAudio(), { once: true });`;
}
