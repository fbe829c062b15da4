/** A member of the channel. */
export interface Member {
  readonly uid: number;
  readonly publisher: boolean;
  readonly epoch: number;
}

/** What the server says in text. */
export type ControlMessage =
  | { readonly type: 'joined'; readonly uid: number; readonly members: readonly Member[] }
  | { readonly type: 'error'; readonly code: string; readonly message: string }
  | {
      readonly type: 'turn';
      readonly uid: number;
      readonly turn: number;
      readonly epoch: number;
      readonly firstFrameMs: number | undefined;
    }
  | { readonly type: 'clear'; readonly uid: number; readonly epoch: number }
  | ({ readonly type: 'member_joined' } & Member)
  | { readonly type: 'member_left'; readonly uid: number }
  | {
      readonly type: 'message';
      readonly from: number;
      readonly topic: string;
      readonly data: unknown;
    }
  | { readonly type: 'pong'; readonly id: number };

type Fields = Readonly<Record<string, unknown>>;

/**
 * Parse a text message of the channel; undefined if it is none that we know.
 *
 * @param uid stands in where a message names no member, for channels with one publisher
 */
export function parseControl(text: string, uid?: number): ControlMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isFields(value) ? readControl({ uid, ...value }) : undefined;
}

function readControl(fields: Fields): ControlMessage | undefined {
  const { type, uid, epoch, message } = fields;
  if (type === 'error' && typeof fields['code'] === 'string' && typeof message === 'string') {
    return { type, code: fields['code'], message };
  }
  if (type === 'message') {
    const { from, topic, data } = fields;
    if (!isCount(from) || typeof topic !== 'string') return undefined;
    return { type, from, topic, data };
  }
  if (type === 'pong') return isCount(fields['id']) ? { type, id: fields['id'] } : undefined;
  if (!isCount(uid)) return undefined;
  if (type === 'member_left') return { type, uid };
  if (type === 'member_joined') {
    const member = readMember(fields);
    return member && { type, ...member };
  }
  if (type === 'joined') {
    const members = Array.isArray(fields['members']) ? fields['members'].map(readMember) : [];
    return { type, uid, members: members.filter((member) => member !== undefined) };
  }
  if (!isCount(epoch)) return undefined;
  if (type === 'clear') return { type, uid, epoch };
  if (type === 'turn' && isCount(fields['turn'])) {
    const firstFrameMs = fields['first_frame_ms'];
    return {
      type,
      uid,
      epoch,
      turn: fields['turn'],
      firstFrameMs: typeof firstFrameMs === 'number' ? firstFrameMs : undefined,
    };
  }
  return undefined;
}

function readMember(value: unknown): Member | undefined {
  if (!isFields(value)) return undefined;
  const { uid, publisher, epoch } = value;
  if (!isCount(uid)) return undefined;
  return { uid, publisher: publisher === true, epoch: isCount(epoch) ? epoch : 0 };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
