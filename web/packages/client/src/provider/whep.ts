import { AvatarError, type AvatarErrorCode } from '../player/avatarError.ts';
import type { ConnectConfig } from './provider.ts';

/** Where a viewer joins over WebRTC, and by what right. */
export interface WhepTarget {
  readonly url: string;
  readonly token: string;
}

/** The server's answer to an offer. */
export interface WhepAnswer {
  readonly sdp: string;
  /** Address to leave at. */
  readonly location: string;
}

/**
 * Find where to join.
 *
 * @throws AvatarError if the configuration does not say
 */
export function whepTarget(config: ConnectConfig): WhepTarget {
  const { appId, channel, token, uid } = config;
  const url = new URL('/v1/channel/whep', config.url ?? location.href);
  url.protocol = url.protocol === 'https:' || url.protocol === 'wss:' ? 'https:' : 'http:';
  for (const [name, value] of Object.entries({ app_id: appId, channel, uid: uid?.toString() })) {
    if (value === undefined || value === '') {
      throw new AvatarError('config_invalid', `connect() needs ${name}.`);
    }
    url.searchParams.set(name, value);
  }
  if (token === undefined || token === '') {
    throw new AvatarError('config_invalid', 'connect() needs a token.');
  }
  return { url: url.href, token };
}

/** Ask which ICE servers to use. */
export async function fetchIceServers(target: WhepTarget): Promise<RTCIceServer[]> {
  const response = await request(target, 'OPTIONS');
  return parseIceLinks(response.headers.get('Link') ?? '');
}

/** Send an offer. */
export async function sendOffer(target: WhepTarget, sdp: string): Promise<WhepAnswer> {
  const response = await request(target, 'POST', sdp);
  const location = new URL(response.headers.get('Location') ?? '', target.url).href;
  return { sdp: await response.text(), location };
}

/** Leave; the server notices by itself too, later. */
export async function leave(location: string): Promise<void> {
  await fetch(location, { method: 'DELETE', keepalive: true }).catch(() => undefined);
}

/** Read WHEP's `Link` header. */
export function parseIceLinks(header: string): RTCIceServer[] {
  const servers: RTCIceServer[] = [];
  for (const [, urls, parameters] of header.matchAll(/<([^>]+)>((?:\s*;\s*[\w-]+="[^"]*")*)/g)) {
    const values = new Map<string, string>();
    for (const [, name, value] of (parameters ?? '').matchAll(/([\w-]+)="([^"]*)"/g)) {
      values.set(name as string, value as string);
    }
    if (values.get('rel') !== 'ice-server' || urls === undefined) continue;
    const [username, credential] = [values.get('username'), values.get('credential')];
    servers.push({
      urls,
      ...(username === undefined ? {} : { username }),
      ...(credential === undefined ? {} : { credential }),
    });
  }
  return servers;
}

async function request(target: WhepTarget, method: string, body?: string): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(target.url, {
      method,
      headers: { Authorization: `Bearer ${target.token}`, 'Content-Type': 'application/sdp' },
      ...(body === undefined ? {} : { body }),
    });
  } catch (cause) {
    throw new AvatarError('server_gone', 'The server cannot be reached.', { cause });
  }
  if (response.ok) return response;
  const { code, message } = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  if (typeof code === 'string' && typeof message === 'string') {
    throw new AvatarError(code as AvatarErrorCode, message);
  }
  throw new AvatarError(
    'unsupported',
    `The server offers no WebRTC (HTTP ${String(response.status)}).`,
  );
}
