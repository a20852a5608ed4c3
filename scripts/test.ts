import { spawn } from 'node:child_process'
import { run } from './run.ts'

/**
 * All tests: the unit tests, and then the system tests in two halves side by side. Those mostly wait, for
 * servers, browsers and other processes, and each half has servers of its own; where the environment
 * names them there is one of each, so the halves would meet in it and run as one.
 *
 * With arguments it is `vitest run` with these.
 */
const halves = process.env.REDIS_URL || process.env.DATABASE_URL ? ['1/1'] : ['1/2', '2/2']

interface Outcome {
  readonly ok: boolean
  readonly counts: Readonly<Record<'passed' | 'failed' | 'skipped', number>>
}

/** Runs vitest; its output is shown as it comes, or at its end where another run is being shown. */
function vitest(args: readonly string[], show: 'now' | 'at the end'): Promise<Outcome> {
  const child = spawn('vitest', ['run', ...args], {
    stdio: ['inherit', 'pipe', 'inherit'],
    env: { FORCE_COLOR: process.stdout.isTTY ? '1' : '0', ...process.env },
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
    if (show === 'now') process.stdout.write(chunk)
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      if (show === 'at the end') process.stdout.write(output)
      resolve({ ok: code === 0, counts: countsIn(output) })
    })
  })
}

/** The plain line with which each run ends; one that broke off has none, which is a failure. */
function countsIn(output: string): Outcome['counts'] {
  const lines = [...output.matchAll(/^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gm)]
  const [, passed = 0, failed = 1, skipped = 0] = lines.at(-1) ?? []
  return { passed: Number(passed), failed: Number(failed), skipped: Number(skipped) }
}

async function runAll(): Promise<void> {
  const unit = await vitest(['--project', 'unit'], 'now')
  const system = await Promise.all(
    halves.map((shard, index) =>
      vitest(['--project', 'system', `--shard=${shard}`], index === 0 ? 'now' : 'at the end'),
    ),
  )
  const all = [unit, ...system]
  const sum = (kind: keyof Outcome['counts']) =>
    all.reduce((total, { counts }) => total + counts[kind], 0)
  const skipped = sum('skipped')
  process.stdout.write(
    `\n${sum('passed')} passed, ${sum('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`,
  )
  if (!all.every(({ ok }) => ok)) process.exitCode = 1
}

const args = process.argv.slice(2)
if (args.length === 0) await runAll()
else await run('vitest', ['run', ...args]).catch(() => (process.exitCode = 1))
