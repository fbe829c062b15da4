import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

const target = process.env['AVAMOTION_URL'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [vue()],
  // The page and the demo's server under one origin, as they are in production.
  server: { proxy: { '/demo': { target }, '/avatars': { target }, '/v1': { target, ws: true } } },
});
