import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Kind } from './detect-kind.ts'
import type { Problem, Reading } from './page.ts'
import type { ParserMessage } from './parse-main.ts'

const program = fileURLToPath(new URL('parse-main.ts', import.meta.url))

export interface ParseLimits {
  /** Of the heap of the process that reads the file. Default 384. */
  readonly heapMb?: number
  /** Default 120,000: forty scanned pages on a small machine. */
  readonly timeoutMs?: number
  readonly abortSignal?: AbortSignal
}

export interface ParseListener {
  onKind(kind: Kind): void
  onReading(reading: Reading): void
}

/**
 * Reads a file in a process of its own and hands on page after page.
 *
 * @returns what is wrong with the file; undefined where nothing is. Rejects only with the reason of an
 * abort: whatever a file does to its process is a finding about the file.
 */
export function parseFile(
  file: { readonly path: string; readonly name: string },
  listener: ParseListener,
  { heapMb = 384, timeoutMs = 120_000, abortSignal }: ParseLimits = {},
): Promise<Problem | undefined> {
  const child = fork(program, [file.path, file.name], {
    execArgv: [`--max-old-space-size=${heapMb}`],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let problem: Problem | undefined
  let stopped: Problem | undefined
  let said = ''
  child.stderr?.on('data', (part: Buffer) => {
    said = (said + part.toString()).slice(-2_000)
  })
  child.on('message', (message: ParserMessage) => {
    if ('kind' in message) listener.onKind(message.kind)
    else if ('reading' in message) listener.onReading(message.reading)
    else problem = message.problem
  })
  return new Promise((resolve, reject) => {
    const onAbort = () => child.kill('SIGKILL')
    const timer = setTimeout(() => {
      const message = `The file could not be read within ${timeoutMs / 1_000} seconds.`
      stopped = { code: 'too-slow', message }
      child.kill('SIGKILL')
    }, timeoutMs)
    abortSignal?.addEventListener('abort', onAbort, { once: true })
    if (abortSignal?.aborted) onAbort()
    child.once('error', reject)
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      abortSignal?.removeEventListener('abort', onAbort)
      if (abortSignal?.aborted) reject(abortSignal.reason)
      else if (problem ?? stopped) resolve(problem ?? stopped)
      else if (code === 0) resolve(undefined)
      else resolve(explainEnd(signal, said, heapMb))
    })
  })
}

function explainEnd(signal: NodeJS.Signals | null, said: string, heapMb: number): Problem {
  const isMemory = signal === 'SIGABRT' || signal === 'SIGKILL' || /heap|memory/i.test(said)
  return isMemory
    ? { code: 'too-large', message: `The file needs more than ${heapMb} MB of memory to be read.` }
    : { code: 'corrupt', message: 'The file is damaged in a way that stopped its reader.' }
}
