import { AvatarError, type ConnectConfig } from '@avamotion/client';

/** What the demo server tells a page that wants to join. */
export interface Invitation {
  readonly config: ConnectConfig;
  readonly agentUid: number;
  readonly avatarUrl: string;
  readonly greeting: string | undefined;
  /** The voice that fits each avatar, by its id. */
  readonly timbres: Readonly<Record<string, string>>;
}

/**
 * Ask the server for a place in the channel.
 *
 * @throws AvatarError if it does not answer as it should
 */
export async function fetchInvitation(): Promise<Invitation> {
  let response: Response;
  try {
    response = await fetch('/demo/join', { cache: 'no-store' });
  } catch (error) {
    throw new AvatarError(
      'server_gone',
      'The server does not answer. Is “avamotion demo” running?',
      {
        cause: error,
      },
    );
  }
  if (!response.ok) {
    const status = String(response.status);
    throw new AvatarError(
      'server_gone',
      `The server refuses to let this page join (HTTP ${status}).`,
    );
  }
  const fields = (await response.json()) as Record<string, unknown>;
  return {
    config: {
      appId: String(fields['app_id']),
      channel: String(fields['channel']),
      uid: Number(fields['uid']),
      token: String(fields['token']),
    },
    agentUid: Number(fields['agent_uid']),
    avatarUrl: String(fields['avatar_url']),
    timbres: (fields['timbres'] ?? {}) as Record<string, string>,
    greeting: typeof fields['greeting'] === 'string' ? fields['greeting'] : undefined,
  };
}
