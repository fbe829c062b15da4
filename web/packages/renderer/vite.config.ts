import { defineConfig, type UserConfig } from 'vite';

const config: UserConfig = defineConfig({
  build: {
    target: 'es2022',
    sourcemap: true,
    lib: { entry: 'src/index.ts', formats: ['es'], fileName: 'index' },
    rollupOptions: { external: [/^three($|\/)/, /^@avamotion\//] },
  },
});

export default config;
