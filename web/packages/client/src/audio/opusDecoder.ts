/** Turns Opus packets into sound, in order: 48 kHz, mono. */
export interface OpusDecoder {
  decode(packet: Uint8Array): void;
  /** Forget the sound so far; what is still being decoded does not come. */
  reset(): void;
  close(): void;
}

/** Told what a decoder makes of its packets. */
export interface OpusListener {
  /** Sound of the oldest packet not yet told of. */
  onSound(pcm: Float32Array<ArrayBuffer>): void;
  /** A packet could not be decoded; the decoder starts anew with the next one. */
  onError(problem: string): void;
}
