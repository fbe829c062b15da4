import type { ConnectConfig } from '@avamotion/client';

export interface Invitation {
  readonly avatarUrl: string;
  readonly config: ConnectConfig;
}

/** Ask the backend for a place in the channel; every viewer gets a uid and a token of its own. */
export async function join(): Promise<Invitation> {
  const response = await fetch('/demo/join', { cache: 'no-store' });
  if (!response.ok) throw new Error(`There is no agent to join (HTTP ${response.status}).`);
  const { avatar_url, app_id, channel, uid, token } = await response.json();
  return { avatarUrl: avatar_url, config: { appId: app_id, channel, uid, token } };
}
