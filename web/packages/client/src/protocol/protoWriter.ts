const TEXT = new TextEncoder();

/** Writes the protobuf wire format. Fields at their default are left out, as proto3 has it. */
export class ProtoWriter {
  readonly #bytes: number[] = [];

  /** Write an unsigned integer field. */
  uint(field: number, value: number): this {
    if (value === 0) return this;
    this.#varint(field * 8);
    this.#varint(value);
    return this;
  }

  /** Write a bytes field. */
  bytes(field: number, value: Uint8Array): this {
    if (value.length === 0) return this;
    this.#varint(field * 8 + 2);
    this.#varint(value.length);
    for (const byte of value) this.#bytes.push(byte);
    return this;
  }

  /** Write a text field. */
  text(field: number, value: string): this {
    return this.bytes(field, TEXT.encode(value));
  }

  /** Write a message field; unlike the others also when it is empty. */
  message(field: number, value: ProtoWriter): this {
    const inner = value.finish();
    if (inner.length > 0) return this.bytes(field, inner);
    this.#varint(field * 8 + 2);
    this.#varint(0);
    return this;
  }

  /** The bytes written. */
  finish(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  #varint(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.#bytes.push((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes.push(rest);
  }
}
