import type { OpusDecoder, OpusListener } from '../audio/opusDecoder.ts';
import type { WasmDecoderScript } from '../audio/wasmDecoder.ts';
import { WebCodecsDecoder } from '../audio/webCodecsDecoder.ts';

/** Loads scripts into a worker; TypeScript's DOM library knows pages only. */
declare function importScripts(...urls: string[]): void;
/** The name under which a bundled script leaves what it exports. */
declare const avamotion: WasmDecoderScript;

/**
 * Take the browser's decoder, or the script's where the browser has none.
 *
 * @param fetchScript gets the script's text
 */
export async function chooseDecoder(
  listener: OpusListener,
  fetchScript: () => Promise<string>,
): Promise<OpusDecoder> {
  if (await WebCodecsDecoder.isSupported()) return new WebCodecsDecoder(listener);
  const script = new Blob([await fetchScript()], { type: 'text/javascript' });
  const url = URL.createObjectURL(script);
  try {
    importScripts(url);
  } finally {
    URL.revokeObjectURL(url);
  }
  return avamotion.openDecoder(listener);
}
