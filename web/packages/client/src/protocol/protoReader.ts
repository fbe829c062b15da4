/** Thrown inside the parsers when bytes break the wire format; never leaves this directory. */
export class MalformedError extends Error {}

/**
 * Reads the protobuf wire format from bytes.
 *
 * Hand-written because the two messages that we read fit in a page: no runtime library, no BigInt, no
 * object per field. The tests compare it with a full protobuf implementation that reads the real schema.
 */
export class ProtoReader {
  readonly #bytes: Uint8Array;
  #offset: number;
  readonly #end: number;
  /** High 32 bits of the varint read last. */
  high = 0;

  constructor(bytes: Uint8Array, start: number = 0, end: number = bytes.length) {
    this.#bytes = bytes;
    this.#offset = start;
    this.#end = end;
  }

  /** Whether everything has been read. */
  get done(): boolean {
    return this.#offset >= this.#end;
  }

  /** Read a varint of up to 64 bits: returns its low 32 bits and leaves the high ones in `high`. */
  varint(): number {
    let low = 0;
    this.high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.#offset >= this.#end) throw new MalformedError('the message ends inside a number');
      const byte = this.#bytes[this.#offset++] as number;
      const bits = byte & 0x7f;
      if (shift < 32) low |= bits << shift;
      if (shift > 21 && shift < 64)
        this.high |= shift < 32 ? bits >>> (32 - shift) : bits << (shift - 32);
      if (byte < 0x80) {
        this.high >>>= 0;
        return low >>> 0;
      }
    }
    throw new MalformedError('a number is longer than ten bytes');
  }

  /** Read an unsigned integer; exact up to 2^53. */
  uint(): number {
    const low = this.varint();
    return this.high * 0x1_0000_0000 + low;
  }

  /** Read a zigzag-coded 32-bit integer. */
  sint32(): number {
    const raw = this.varint();
    return (raw >>> 1) ^ -(raw & 1);
  }

  /** Read a length-delimited field and return its bytes, without copying. */
  bytes(): Uint8Array {
    const end = this.#lengthEnd();
    const view = this.#bytes.subarray(this.#offset, end);
    this.#offset = end;
    return view;
  }

  /** Read a length-delimited field as a message of its own. */
  message(): ProtoReader {
    const end = this.#lengthEnd();
    const inner = new ProtoReader(this.#bytes, this.#offset, end);
    this.#offset = end;
    return inner;
  }

  /** Pass over a field of this wire type that we do not know. */
  skip(wireType: number): void {
    if (wireType === 0) this.varint();
    else if (wireType === 1) this.#advance(8);
    else if (wireType === 2) this.bytes();
    else if (wireType === 5) this.#advance(4);
    else throw new MalformedError(`unknown wire type ${String(wireType)}`);
  }

  #lengthEnd(): number {
    const length = this.varint();
    const end = this.#offset + length;
    if (this.high !== 0 || end > this.#end)
      throw new MalformedError('a field is longer than its message');
    return end;
  }

  #advance(nBytes: number): void {
    if (this.#offset + nBytes > this.#end)
      throw new MalformedError('the message ends inside a field');
    this.#offset += nBytes;
  }
}
