import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'

/** A Node process that runs a given source and speaks in lines, for tests that kill it. */
export interface LineProcess {
  /** The next line of its standard output; undefined after the last one. */
  nextLine(): Promise<string | undefined>
  /** All lines that are left, once it has ended. */
  remainingLines(): Promise<readonly string[]>
  /** Writes a line to its standard input. */
  send(line: string): void
  /** Ends it at once, as `kill -9` does. */
  kill(): void
  /** Settles when the process is gone: its exit code, or the name of the signal that ended it. */
  readonly ended: Promise<number | string>
}

/**
 * Starts `source`, an ES module in JavaScript that imports by absolute URL, with `parameters` as
 * `process.argv` from index 1. Its standard error goes to that of the test, and it does not outlive
 * the test.
 */
export function startLineProcess(source: string, parameters: readonly string[] = []): LineProcess {
  const child = spawn(
    process.execPath,
    ['--input-type=module', '--eval', source, '--', ...parameters],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  // Writing to a process that has been killed is what such tests do.
  child.stdin.on('error', () => child.stdin.destroy())
  const ended = once(child, 'close').then(
    ([code, signal]: (number | string | null)[]) => code ?? signal ?? 'unknown',
  )
  const nextLine = async (): Promise<string | undefined> => {
    const next = await lines.next()
    return next.done ? undefined : next.value
  }
  return {
    nextLine,
    async remainingLines() {
      const rest: string[] = []
      for (let line = await nextLine(); line !== undefined; line = await nextLine()) rest.push(line)
      return rest
    },
    send: (line) => child.stdin.write(`${line}\n`),
    kill: () => child.kill('SIGKILL'),
    ended,
  }
}
