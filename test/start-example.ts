import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'

export interface StartedExample {
  readonly url: string
  /** As a power cut does, with all that it started. */
  kill(): Promise<void>
}

const root = join(import.meta.dirname, '..')

/**
 * Starts an example as a newcomer does, and resolves when it has printed its address. `main` is that of
 * `npm start`, which builds first.
 */
export async function startExample(
  name: 'main' | 'onboarding' | 'content-generation' | 'document-intelligence',
  env: Readonly<Record<string, string>>,
): Promise<StartedExample> {
  const where = name === 'main' ? [] : ['-w', `examples/${name}`]
  const child = spawn('npm', ['start', ...where], {
    cwd: root,
    env: { ...process.env, LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that it can be killed whole.
    detached: true,
  })
  return { url: await addressOf(child), kill: () => killGroup(child) }
}

function addressOf(child: ChildProcess): Promise<string> {
  let output = ''
  return new Promise((resolve, reject) => {
    const hear = (chunk: Buffer) => {
      output += chunk.toString()
      const url = /Open (http:\S+)/.exec(output)?.[1]
      if (url) resolve(url)
    }
    child.stdout?.on('data', hear)
    child.stderr?.on('data', hear)
    child.once('exit', (code) => reject(new Error(`It ended with status ${code}:\n${output}`)))
  })
}

function killGroup(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    child.once('exit', () => resolve())
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  })
}
