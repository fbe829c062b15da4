import { build, type Plugin } from 'vite';

const SUFFIX = '?bundle';

/**
 * Import a module as the text of one self-contained script: `import code from './x.worker.ts?bundle'`.
 *
 * Workers and worklets load from a URL; as text inside the library they need no file on the host's page.
 */
export function bundleText(): Plugin {
  return {
    name: 'avamotion-bundle-text',
    enforce: 'pre',
    async resolveId(source, importer) {
      if (!source.endsWith(SUFFIX)) return null;
      const resolved = await this.resolve(source.slice(0, -SUFFIX.length), importer);
      return resolved && `${resolved.id}${SUFFIX}`;
    },
    async load(id) {
      if (!id.endsWith(SUFFIX)) return null;
      const entry = id.slice(0, -SUFFIX.length);
      const result = await build({
        configFile: false,
        logLevel: 'error',
        build: {
          write: false,
          target: 'es2022',
          minify: true,
          lib: { entry, formats: ['iife'], name: 'avamotion' },
        },
      });
      const outputs = Array.isArray(result) ? result : [result];
      const chunk = outputs.flatMap((one) => ('output' in one ? one.output : []))[0];
      if (chunk?.type !== 'chunk') throw new Error(`nothing came out of bundling ${entry}`);
      for (const file of chunk.moduleIds ?? []) this.addWatchFile(file);
      return `export default ${JSON.stringify(chunk.code)};`;
    },
  };
}
