import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const server = process.env['TRESTLE_URL'] ?? 'http://127.0.0.1:8787';

export default defineConfig({
  plugins: [react()],
  // In development the page and the server are one origin, so that the server needs no CORS setting.
  server: { proxy: { '/trpc': { target: server, ws: true } } },
  build: { target: 'es2022', chunkSizeWarningLimit: 1000 },
});
