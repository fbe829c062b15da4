import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, type Rolldown } from 'vite';

/** What the client may weigh, without three.js and the SDKs of vendors; kB after gzip. */
export const LIMIT_KB = 40;
const CLIENT = fileURLToPath(new URL('../packages/client/dist/index.js', import.meta.url));
const ENTRY = 'entry';

/**
 * Weigh the built client as a page's bundler would pack it, kB after gzip.
 *
 * `core` is everything that a page loads before it connects, whatever it imports.
 */
export async function clientSizes(): Promise<{ core: number; local: number; lazy: number }> {
  const all = await weigh(`export * from '${CLIENT}';`);
  const local = await weigh(`export { AvatarPlayer, LocalProvider } from '${CLIENT}';`);
  return { core: all.entry, local: local.entry, lazy: all.lazy };
}

/** Check that the client stays small; run the build first. */
export async function main(): Promise<number> {
  const { core, local, lazy } = await clientSizes();
  const fits = core <= LIMIT_KB;
  console.log(`@avamotion/client: ${core.toFixed(1)} kB gzip of ${String(LIMIT_KB)} kB`);
  console.log(`  AvatarPlayer with LocalProvider alone: ${local.toFixed(1)} kB`);
  console.log(`  loaded only where it is needed: ${lazy.toFixed(1)} kB`);
  if (!fits) console.error('The client is over its size limit.');
  return fits ? 0 : 1;
}

async function weigh(code: string): Promise<{ entry: number; lazy: number }> {
  const result = (await build({
    configFile: false,
    logLevel: 'error',
    plugins: [
      {
        name: 'avamotion-entry',
        resolveId: (id) => (id === ENTRY ? ENTRY : null),
        load: (id) => (id === ENTRY ? code : null),
      },
    ],
    build: {
      write: false,
      target: 'es2022',
      minify: true,
      rolldownOptions: {
        input: ENTRY,
        external: ['agora-rtc-sdk-ng', 'livekit-client'],
        preserveEntrySignatures: 'strict',
      },
    },
  })) as Rolldown.RolldownOutput;
  const sizes = { entry: 0, lazy: 0 };
  for (const file of result.output) {
    if (file.type !== 'chunk') continue;
    sizes[file.isDynamicEntry ? 'lazy' : 'entry'] += gzipSync(file.code).length / 1000;
  }
  return sizes;
}
