import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'

export interface StartedApplication {
  readonly url: string
  /** As a power cut does. */
  kill(): Promise<void>
}

/** Starts the example as a newcomer does, and resolves when it has printed its address. */
export async function startApplication(
  env: Readonly<Record<string, string>>,
): Promise<StartedApplication> {
  const child = spawn(process.execPath, ['start.ts'], {
    cwd: join(import.meta.dirname, '..'),
    env: { ...process.env, LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return { url: await addressOf(child), kill: () => kill(child) }
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

function kill(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill('SIGKILL')
  })
}
