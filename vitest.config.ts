import { defineConfig } from 'vitest/config'

/** `unit` stands beside the source, in fake time; `system` needs real servers and a browser. */
export default defineConfig({
  test: {
    reporters: ['default', './scripts/plain-reporter.ts'],
    projects: [
      { test: { name: 'unit', include: ['src/**/*.test.ts'] } },
      {
        test: {
          name: 'system',
          include: ['test/**/*.test.ts', 'examples/*/test/**/*.test.ts'],
          globalSetup: ['./scripts/services.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
