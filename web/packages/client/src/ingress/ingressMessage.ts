import { MalformedError, ProtoReader } from '../protocol/protoReader.ts';
import { ProtoWriter } from '../protocol/protoWriter.ts';

// The Motion Server's published wire: MessageType, and the field that holds the message of that type.
const CONFIGURE = { type: 1, field: 2 } as const;
const AUDIO = { type: 3, field: 4 } as const;
const INTERRUPT = { type: 7, field: 8 } as const;

/** What the Motion Server says. */
export type ServerMessage =
  | { readonly type: 'confirmed'; readonly connectionId: string }
  | { readonly type: 'error'; readonly code: number; readonly message: string }
  | {
      readonly type: 'animation';
      readonly requestId: string;
      readonly end: boolean;
      readonly animation: Uint8Array;
    }
  | { readonly type: 'other' };

/** Ask for a session whose motion comes back on the same socket. */
export function encodeConfigure(sampleRateHz: number): Uint8Array {
  return envelope(CONFIGURE, new ProtoWriter().uint(1, sampleRateHz));
}

/** Send sound (PCM, 16 bits, mono) of a request. */
export function encodeAudio(requestId: string, pcm: Uint8Array, end: boolean): Uint8Array {
  return envelope(
    AUDIO,
    new ProtoWriter()
      .text(1, requestId)
      .uint(2, end ? 1 : 0)
      .bytes(3, pcm),
  );
}

/** Stop a request. */
export function encodeInterrupt(requestId: string): Uint8Array {
  return envelope(INTERRUPT, new ProtoWriter().text(1, requestId));
}

/** Decode a message of the server; undefined if the bytes are none. */
export function decodeServerMessage(bytes: Uint8Array): ServerMessage | undefined {
  try {
    return readServerMessage(new ProtoReader(bytes));
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

function envelope(kind: { type: number; field: number }, message: ProtoWriter): Uint8Array {
  return new ProtoWriter().uint(1, kind.type).message(kind.field, message).finish();
}

function readServerMessage(reader: ProtoReader): ServerMessage {
  let message: ServerMessage = { type: 'other' };
  while (!reader.done) {
    const tag = reader.varint();
    if (tag === 0x1a) message = readConfirmed(reader.message());
    else if (tag === 0x2a) message = readError(reader.message());
    else if (tag === 0x32) message = readAnimation(reader.message());
    else reader.skip(tag & 7);
  }
  return message;
}

function readConfirmed(reader: ProtoReader): ServerMessage {
  let connectionId = '';
  while (!reader.done) {
    const tag = reader.varint();
    if (tag === 0x0a) connectionId = text(reader);
    else reader.skip(tag & 7);
  }
  return { type: 'confirmed', connectionId };
}

function readError(reader: ProtoReader): ServerMessage {
  let code = 0;
  let message = '';
  while (!reader.done) {
    const tag = reader.varint();
    if (tag === 0x18) code = reader.varint();
    else if (tag === 0x22) message = text(reader);
    else reader.skip(tag & 7);
  }
  return { type: 'error', code, message };
}

function readAnimation(reader: ProtoReader): ServerMessage {
  let requestId = '';
  let end = false;
  let animation: Uint8Array = new Uint8Array(0);
  while (!reader.done) {
    const tag = reader.varint();
    if (tag === 0x12) requestId = text(reader);
    else if (tag === 0x18) end = reader.varint() !== 0;
    else if (tag === 0x22) animation = reader.bytes();
    else reader.skip(tag & 7);
  }
  return { type: 'animation', requestId, end, animation };
}

function text(reader: ProtoReader): string {
  return new TextDecoder().decode(reader.bytes());
}
