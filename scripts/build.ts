import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './run.ts'

const root = join(import.meta.dirname, '..')

/** Builds the package and the studio into dist/. Clean when dist is away or `--clean` is given. */
async function build(): Promise<void> {
  const startedAt = performance.now()
  const info = join(root, 'node_modules/.cache/holdfast/build.tsbuildinfo')
  if (process.argv.includes('--clean')) rmSync(join(root, 'dist'), { recursive: true, force: true })
  // Without its output the incremental state would say that there is nothing to do.
  if (!existsSync(join(root, 'dist/index.js'))) rmSync(info, { force: true })
  await run('tsc', ['-p', 'tsconfig.build.json'], { cwd: root })
  await run('vite', ['build', '--logLevel', 'warn'], { cwd: join(root, 'studio') })
  console.log(`Built in ${((performance.now() - startedAt) / 1_000).toFixed(1)} s.`)
}

await build()
