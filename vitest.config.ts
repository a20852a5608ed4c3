import { defineConfig } from 'vitest/config'
import { TakeTurns } from './scripts/take-turns.ts'

/**
 * `unit` stands beside the source, mostly in fake time. `system` runs one file after the other, each in
 * a process of its own: what needs real servers, other processes or a browser, measures CPU
 * (`*.system.test.ts`, and all in a `test/` folder), or goes through many random cases
 * (`*.properties.test.ts`).
 */
export default defineConfig({
  test: {
    reporters: ['default', './scripts/plain-reporter.ts'],
    sequence: { sequencer: TakeTurns },
    // By default one core is left idle, which is half of a small machine.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts'],
          exclude: ['src/**/*.{system,properties}.test.ts'],
          // Two hundred small files: a fresh process for each would cost more than the tests.
          isolate: false,
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'system',
          include: [
            'test/**/*.test.ts',
            'src/**/*.{system,properties}.test.ts',
            'examples/*/test/*.test.ts',
          ],
          globalSetup: ['./scripts/services.ts'],
          testTimeout: 60_000,
          // What is waited for may take longer on a busy machine than the usual second.
          expect: { poll: { timeout: 20_000 } },
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
