import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vitest/config';

const server = process.env['FANGMA_DEV_SERVER'] ?? 'http://127.0.0.1:8450';
const forwarded = ['/api', '/tiles', '/live', '/r'];

export default defineConfig({
  base: './', // the application also works below a root path
  plugins: [vue()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  define: { __VUE_OPTIONS_API__: true, __VUE_PROD_DEVTOOLS__: false, __INTLIFY_JIT_COMPILATION__: true },
  build: {
    outDir: 'fangma/viewer/static',
    emptyOutDir: true,
    target: 'es2022',
    chunkSizeWarningLimit: 900, // three.js and its loaders are one lazy chunk
  },
  server: { proxy: Object.fromEntries(forwarded.map((path) => [path, { target: server, ws: path === '/live' }])) },
  test: { include: ['tests/**/*.test.ts'], environment: 'node' },
});
