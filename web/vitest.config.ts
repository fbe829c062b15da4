import { fileURLToPath } from 'node:url';
import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { bundleText } from './tools/bundle.ts';

const from = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const config: ViteUserConfig = defineConfig({
  plugins: [bundleText()],
  resolve: { alias: { '@avamotion/client': from('packages/client/src/index.ts') } },
  test: {
    testTimeout: 20_000,
    include: ['packages/**/*.test.ts', 'apps/**/*.test.ts', 'tools/**/*.test.ts'],
  },
});

export default config;
