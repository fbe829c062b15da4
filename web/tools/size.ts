import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const LIMIT_KB = 40;
const FILE = new URL('../packages/client/dist/index.js', import.meta.url);

/** Check that the client stays small; run the build first. */
export function main(): number {
  const kilobytes = gzipSync(readFileSync(FILE)).length / 1000;
  const fits = kilobytes <= LIMIT_KB;
  console.log(`@avamotion/client: ${kilobytes.toFixed(1)} kB gzip of ${String(LIMIT_KB)} kB`);
  if (!fits) console.error('The client is over its size limit.');
  return fits ? 0 : 1;
}
