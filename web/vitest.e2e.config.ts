import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['tests/e2e/**/*.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 120_000,
    retry: 2, // and a busy machine is late now and then
    fileParallelism: false, // one browser at a time: the tests measure time
  },
});

export default config;
