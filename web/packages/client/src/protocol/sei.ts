const IDLE = 0x01;
const START = 0x02;
const END = 0x04;
const ZLIB = 0x08;
const TO_SPEECH = 0x10;
const TO_IDLE = 0x20;

const HEADER_BYTES = 5;
const SEQUENCE_BYTES = 4;
const MAX_PAYLOAD_BYTES = 1 << 16;
const ESCAPE = 0xff;

/** What one SEI unit says. */
export interface SeiPacket {
  readonly kind: 'idle' | 'animation' | 'to_speech' | 'to_idle';
  readonly start: boolean;
  readonly end: boolean;
  /** Number of an animation packet; undefined in the other kinds. */
  readonly sequence: number | undefined;
  /** An encoded `Animation`; empty in an idle packet. */
  readonly animation: Uint8Array;
}

/**
 * Read the body of a SEI unit as Agora's web SDK hands it over: what follows its own length is padding.
 *
 * Asynchronous because the browser's inflater is.
 *
 * @returns undefined if the bytes are none
 */
export async function readSeiBody(body: Uint8Array): Promise<SeiPacket | undefined> {
  if (body.length < HEADER_BYTES) return undefined;
  const flags = body[0] as number;
  const length = new DataView(body.buffer, body.byteOffset).getUint32(1, true);
  if (length > MAX_PAYLOAD_BYTES) return undefined;
  let payload = unescape(body.subarray(HEADER_BYTES), length);
  if (payload !== undefined && (flags & ZLIB) !== 0) payload = await inflate(payload);
  if (payload === undefined) return undefined;
  const kind = kindOf(flags);
  const common = { kind, start: (flags & START) !== 0, end: (flags & END) !== 0 };
  if (kind !== 'animation') return { ...common, sequence: undefined, animation: payload };
  if (payload.length < SEQUENCE_BYTES) return undefined;
  const sequence = new DataView(payload.buffer, payload.byteOffset).getUint32(0, true);
  return { ...common, sequence, animation: payload.subarray(SEQUENCE_BYTES) };
}

function kindOf(flags: number): SeiPacket['kind'] {
  if ((flags & IDLE) !== 0) return 'idle';
  if ((flags & TO_SPEECH) !== 0) return 'to_speech';
  return (flags & TO_IDLE) !== 0 ? 'to_idle' : 'animation';
}

/** Undo the escape of 00 and FF until `length` bytes are there. */
function unescape(data: Uint8Array, length: number): Uint8Array<ArrayBuffer> | undefined {
  const out = new Uint8Array(length);
  let at = 0;
  for (let i = 0; i < length; i++) {
    const byte = data[at++];
    if (byte === undefined) return undefined;
    if ((byte === 0 || byte === ESCAPE) && data[at++] !== ESCAPE) return undefined;
    out[i] = byte;
  }
  return out;
}

async function inflate(
  data: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const reader = new Blob([data])
    .stream()
    .pipeThrough(new DecompressionStream('deflate'))
    .getReader();
  const out = new Uint8Array(MAX_PAYLOAD_BYTES);
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return out.slice(0, size);
      if (size + value.length > out.length) return undefined; // a bomb
      out.set(value, size);
      size += value.length;
    }
  } catch {
    return undefined;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
