import { defineConfig, type UserConfig } from 'vite';
import { bundleText } from '../../tools/bundle.ts';

const config: UserConfig = defineConfig({
  plugins: [bundleText()],
  build: {
    target: 'es2022',
    sourcemap: true,
    lib: { entry: 'src/index.ts', formats: ['es'], fileName: 'index' },
    rollupOptions: { external: ['agora-rtc-sdk-ng', 'livekit-client'] },
  },
});

export default config;
