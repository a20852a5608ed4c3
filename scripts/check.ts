import { run } from './run.ts'

/** The whole gate, in the order in which a failure is cheapest to find. `--after-tests` leaves out what `npm test` did. */
const steps: readonly (readonly [title: string, command: string, ...args: string[]])[] = [
  ['Format and lint', 'biome', 'check', '.'],
  ['Build', 'node', 'scripts/build.ts', '--clean'],
  ['Types', 'npm', 'run', '--silent', 'types'],
  ['Unused files, exports and dependencies', 'knip'],
  ['Package', 'publint', '--strict'],
  ['Tests', 'node', 'scripts/test.ts'],
]

const afterTests = process.argv.includes('--after-tests')
try {
  for (const [title, command, ...args] of steps) {
    if (afterTests && title === 'Tests') continue
    console.log(`\n— ${title}`)
    await run(command, args)
  }
  console.log('\nThe gate is open.')
} catch (error) {
  console.error(`\nThe gate is shut: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
}
