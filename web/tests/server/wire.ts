import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';

/** A motion frame as the schema has it. */
export interface WireFrame {
  ptsUs: number;
  mask: bigint;
  weights: Uint8Array;
  headX: number;
  headY: number;
  headZ: number;
  gazeYaw: number;
  gazePitch: number;
}

/** A channel packet as the schema has it. */
export interface WirePacket {
  uid: number;
  epoch: number;
  turn: number;
  sequence: number;
  ptsUs: number;
  opus: Uint8Array;
  frames: WireFrame[];
  start: boolean;
  end: boolean;
}

const PROTO = fileURLToPath(new URL('../../../proto/avamotion/motion.proto', import.meta.url));
const root = protobuf.loadSync(PROTO);
const packetType = root.lookupType('avamotion.motion.ChannelPacket');
const animationType = root.lookupType('avamotion.motion.Animation');

/** Encode a channel packet with a protobuf library that reads the real schema. */
export function encodePacket(packet: WirePacket): Uint8Array {
  const frames = packet.frames.map(plain);
  return new Uint8Array(packetType.encode(packetType.create({ ...packet, frames })).finish());
}

/** Encode an animation with a protobuf library that reads the real schema. */
export function encodeAnimation(version: number, frames: readonly WireFrame[]): Uint8Array {
  return animationType
    .encode(animationType.create({ version, frames: frames.map(plain) }))
    .finish();
}

// protobufjs takes 64-bit numbers as pairs of halves.
function plain(frame: WireFrame): object {
  const low = Number(frame.mask & 0xffff_ffffn);
  const high = Number(frame.mask >> 32n);
  return { ...frame, mask: { low: low | 0, high: high | 0, unsigned: true } };
}
