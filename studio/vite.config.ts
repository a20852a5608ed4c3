import { defineConfig } from 'vite'

export default defineConfig({
  base: './',
  build: { outDir: '../dist/studio', emptyOutDir: true },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
})
