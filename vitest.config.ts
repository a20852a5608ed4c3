import { defineConfig } from 'vitest/config'

/**
 * `unit` stands beside the source, mostly in fake time. `system` needs real servers, other processes
 * or a browser, so it runs one file after the other: what is in `test/`, and `*.system.test.ts`.
 */
export default defineConfig({
  test: {
    reporters: ['default', './scripts/plain-reporter.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts'],
          exclude: ['src/**/*.system.test.ts'],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'system',
          include: ['test/**/*.test.ts', 'src/**/*.system.test.ts'],
          globalSetup: ['./scripts/services.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
