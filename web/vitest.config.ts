import { fileURLToPath } from 'node:url';
import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { bundleText } from './tools/bundle.ts';

const from = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const config: ViteUserConfig = defineConfig({
  plugins: [bundleText()],
  resolve: { alias: { '@avamotion/client': from('packages/client/src/index.ts') } },
  test: {
    testTimeout: 20_000,
    include: ['{packages,apps,tools}/**/*.test.ts', 'tests/package/**/*.test.ts'],
  },
});

export default config;
