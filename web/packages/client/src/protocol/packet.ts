import { N_BLEND_SHAPES } from '../media/blendShape.ts';
import type { MotionFrame } from '../media/motionFrame.ts';
import { restValues } from '../media/pose.ts';
import { MalformedError, ProtoReader } from './protoReader.ts';

/** One binary message of the hosted channel. */
export interface ChannelPacket {
  readonly uid: number;
  readonly epoch: number;
  readonly turn: number;
  readonly sequence: number;
  /** Media time of the first sample, in microseconds since the turn began. */
  readonly ptsUs: number;
  /** One Opus packet, or empty. */
  readonly opus: Uint8Array;
  /** The frames whose time lies in this packet, oldest first. */
  readonly frames: readonly MotionFrame[];
  readonly start: boolean;
  readonly end: boolean;
}

const NO_BYTES = new Uint8Array(0);
const UNIT = 1e-4; // of the schema's fixed-point numbers
const HEAD = N_BLEND_SHAPES;
const ANIMATION_VERSION = 1;

/** Decode a channel packet; undefined if the bytes are none. */
export function decodeChannelPacket(bytes: Uint8Array): ChannelPacket | undefined {
  return unlessMalformed(() => readChannelPacket(new ProtoReader(bytes)));
}

/** Decode an `Animation` message into its frames; undefined if the bytes are none, or of another version. */
export function decodeAnimation(bytes: Uint8Array): readonly MotionFrame[] | undefined {
  return unlessMalformed(() => readAnimation(new ProtoReader(bytes)));
}

function unlessMalformed<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

function readChannelPacket(reader: ProtoReader): ChannelPacket {
  let uid = 0;
  let epoch = 0;
  let turn = 0;
  let sequence = 0;
  let ptsUs = 0;
  let opus = NO_BYTES as Uint8Array;
  const frames: MotionFrame[] = [];
  let start = false;
  let end = false;
  while (!reader.done) {
    const tag = reader.varint();
    switch (tag) {
      case 0x08:
        uid = reader.varint();
        break;
      case 0x10:
        epoch = reader.varint();
        break;
      case 0x18:
        turn = reader.varint();
        break;
      case 0x20:
        sequence = reader.varint();
        break;
      case 0x28:
        ptsUs = reader.uint();
        break;
      case 0x32:
        opus = reader.bytes();
        break;
      case 0x3a:
        frames.push(readFrame(reader.message()));
        break;
      case 0x40:
        start = reader.varint() !== 0;
        break;
      case 0x48:
        end = reader.varint() !== 0;
        break;
      default:
        reader.skip(tag & 7); // a newer schema's field
    }
  }
  return { uid, epoch, turn, sequence, ptsUs, opus, frames, start, end };
}

function readAnimation(reader: ProtoReader): readonly MotionFrame[] {
  let version = 0;
  const frames: MotionFrame[] = [];
  while (!reader.done) {
    const tag = reader.varint();
    if (tag === 0x08) version = reader.varint();
    else if (tag === 0x12) frames.push(readFrame(reader.message()));
    else reader.skip(tag & 7);
  }
  if (version !== ANIMATION_VERSION) throw new MalformedError(`version ${String(version)}`);
  return frames;
}

function readFrame(reader: ProtoReader): MotionFrame {
  let ptsUs = 0;
  let maskLow = 0;
  let maskHigh = 0;
  let bytes = NO_BYTES as Uint8Array;
  const values = restValues();
  while (!reader.done) {
    const tag = reader.varint();
    switch (tag) {
      case 0x08:
        ptsUs = reader.uint();
        break;
      case 0x10:
        maskLow = reader.varint();
        maskHigh = reader.high;
        break;
      case 0x1a:
        bytes = reader.bytes();
        break;
      case 0x20:
      case 0x28:
      case 0x30:
        values[HEAD + (tag >> 3) - 4] = reader.sint32() * UNIT;
        break;
      case 0x38:
      case 0x40:
        values[HEAD + 4 + (tag >> 3) - 7] = reader.sint32() * UNIT;
        break;
      default:
        reader.skip(tag & 7);
    }
  }
  spreadWeights(maskLow, maskHigh, bytes, values);
  completeQuaternion(values);
  return { ptsUs, values };
}

function spreadWeights(low: number, high: number, bytes: Uint8Array, values: Float32Array): void {
  let next = 0;
  for (let i = 0; i < N_BLEND_SHAPES; i++) {
    const bit = i < 32 ? (low >>> i) & 1 : (high >>> (i - 32)) & 1;
    if (bit === 0) continue;
    if (next >= bytes.length) throw new MalformedError('fewer weights than bits in the mask');
    values[i] = (bytes[next++] as number) / 255;
  }
  if (next !== bytes.length || high >>> (N_BLEND_SHAPES - 32) !== 0) {
    throw new MalformedError('more weights than blend shapes in the mask');
  }
}

function completeQuaternion(values: Float32Array): void {
  const x = values[HEAD] as number;
  const y = values[HEAD + 1] as number;
  const z = values[HEAD + 2] as number;
  const w2 = 1 - x * x - y * y - z * z;
  if (w2 < -1e-3) throw new MalformedError('a head rotation that is no unit quaternion');
  values[HEAD + 3] = Math.sqrt(Math.max(0, w2));
}
