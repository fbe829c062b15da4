import { OpusDecoder as Wasm } from 'opus-decoder';
import type { OpusDecoder, OpusListener } from './opusDecoder.ts';

// A script of its own, loaded only where the browser cannot decode Opus: it is larger than the rest of the client.

/** What the script leaves in the scope of the worker that loads it. */
export interface WasmDecoderScript {
  openDecoder(listener: OpusListener): Promise<OpusDecoder>;
}

/** libopus as WebAssembly. */
class WasmDecoder implements OpusDecoder {
  readonly #listener: OpusListener;
  #current: Wasm;
  /** A fresh one for after the next reset: making one takes a moment, and sound does not wait. */
  #spare: Wasm | undefined;

  constructor(listener: OpusListener, current: Wasm) {
    this.#listener = listener;
    this.#current = current;
    void this.#prepare();
  }

  decode(packet: Uint8Array): void {
    let problem: string | undefined;
    try {
      const { channelData, errors } = this.#current.decodeFrame(packet);
      problem = errors[0]?.message;
      if (problem === undefined) {
        this.#listener.onSound(channelData[0] as Float32Array<ArrayBuffer>);
        return;
      }
    } catch (error) {
      problem = String(error); // longer than any Opus packet
    }
    this.#listener.onError(problem);
  }

  reset(): void {
    if (this.#spare === undefined) return; // reset a moment ago: it holds little
    this.#current.free();
    this.#current = this.#spare;
    this.#spare = undefined;
    void this.#prepare();
  }

  close(): void {
    this.#current.free();
    this.#spare?.free();
    this.#spare = undefined;
  }

  async #prepare(): Promise<void> {
    this.#spare = await makeWasm();
  }
}

/** Make a decoder that takes packets at once. */
export async function openDecoder(listener: OpusListener): Promise<OpusDecoder> {
  return new WasmDecoder(listener, await makeWasm());
}

async function makeWasm(): Promise<Wasm> {
  const wasm = new Wasm({ channels: 1, preSkip: 0 });
  await wasm.ready;
  return wasm;
}
