import { fileURLToPath } from 'node:url';
import { defineConfig, type UserConfig } from 'vite';
import { demoServer } from '../../tests/server/devServer.ts';
import { bundleText } from '../../tools/bundle.ts';

const from = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const config: UserConfig = defineConfig({
  plugins: [bundleText(), demoServer()],
  resolve: {
    alias: {
      '@avamotion/client': from('../../packages/client/src/index.ts'),
      '@avamotion/renderer': from('../../packages/renderer/src/index.ts'),
    },
  },
  build: {
    target: 'es2022',
    outDir: from('../../../src/avamotion/server/static'),
    emptyOutDir: true,
    rollupOptions: { input: [from('index.html'), from('avatar.html')] },
    chunkSizeWarningLimit: 800, // three.js alone is most of it
  },
});

export default config;
