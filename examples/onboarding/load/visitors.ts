import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Answer, startRehearsalServer } from 'holdfast'
import { createLiveClient } from 'holdfast/client'

export interface LoadOptions {
  readonly visitors: number
  /** Messages of each, one after the other. */
  readonly messages: number
  /** From the second message on the primary model is down, and in the middle of it a worker is killed. */
  readonly trouble: boolean
}

export interface LoadReport {
  /** Milliseconds until the page was there, each time. */
  readonly page: readonly number[]
  /** Milliseconds until a message was accepted. */
  readonly accepted: readonly number[]
  /** Milliseconds from the message to the whole answer in the visitor's hands. */
  readonly answered: readonly number[]
  /** How often an answer came from where. */
  readonly sources: Readonly<Record<string, number>>
  readonly answers: readonly Answer[]
}

const says = [
  'I want to swap 200 euros for bitcoin, is that possible tonight?',
  'What do you charge for an exchange?',
  'How long does an exchange take?',
]

const workerCount = 4
/** Visitors of a round come one after the other within this time. */
const arrivalMs = 1_000

/** A server that only accepts, four workers, and visitors who write while others wait. */
export async function runLoad({ visitors, messages, trouble }: LoadOptions): Promise<LoadReport> {
  const data = mkdtempSync(join(tmpdir(), 'holdfast-load-'))
  // About two seconds an answer.
  const provider = await startRehearsalServer({ firstTokenMs: 500, tokensPerSecond: 60 })
  const env = { LOAD_PROVIDER: provider.baseUrl, HOLDFAST_DATA: data, CONCURRENCY: '0', PORT: '0' }
  const server = await start(['start.ts'], env, /Open (http:\S+)/)
  const worker = [holdfast, 'worker', '--config', 'load/holdfast.config.ts', '--concurrency', '32']
  const workers = await Promise.all(
    Array.from({ length: workerCount }, () => start(worker, env, /Holdfast works/)),
  )
  const report = {
    page: [] as number[],
    accepted: [] as number[],
    answered: [] as number[],
    sources: {} as Record<string, number>,
    answers: [] as Answer[],
  }
  const client = createLiveClient({ url: server.said })
  try {
    for (let round = 0; round < messages; round++) {
      if (trouble && round === 1) {
        const models = { 'rehearsal-primary': { kind: 'always', fault: 'unavailable' } } as const
        provider.setFaults({ kind: 'by-model', models })
      }
      const all = Array.from({ length: visitors }, (_, index) => visit(index, round))
      if (trouble && round === 1) await sleep(arrivalMs).then(() => kill(workers[0]?.child))
      await Promise.all(all)
    }
    return report
  } finally {
    client.close()
    await Promise.all([server, ...workers].map(({ child }) => kill(child)))
    await provider.close()
    rmSync(data, { recursive: true, force: true })
  }

  async function visit(index: number, round: number): Promise<void> {
    await sleep((index / visitors) * arrivalMs)
    const userId = `visitor-${index}`
    const startedAt = performance.now()
    const page = await fetch(`${server.said}/`)
    await page.text()
    report.page.push(performance.now() - startedAt)
    const message = says[round % says.length]
    const askedAt = performance.now()
    const response = await fetch(`${server.said}/v1/pipelines/onboarding/answers`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ input: { userId, message } }),
    })
    const { id } = (await response.json()) as { id: string }
    report.accepted.push(performance.now() - askedAt)
    for await (const { event } of client.follow(id)) {
      if (event.type === 'answer-failed') throw new Error(event.error.message)
      if (event.type !== 'answer-finished') continue
      report.answered.push(performance.now() - askedAt)
      report.sources[event.answer.source] = (report.sources[event.answer.source] ?? 0) + 1
      report.answers.push(event.answer)
    }
  }
}

const folder = fileURLToPath(new URL('..', import.meta.url))
const holdfast = fileURLToPath(new URL('cli/main.js', import.meta.resolve('holdfast')))

interface Started {
  readonly child: ChildProcess
  /** What it said when it was ready. */
  readonly said: string
}

/** Starts a program of the example, and resolves when it says that it is ready. */
function start(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  ready: RegExp,
): Promise<Started> {
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: { ...process.env, LOG_LEVEL: 'silent', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  return new Promise((resolve, reject) => {
    const hear = (chunk: Buffer) => {
      output += chunk.toString()
      const match = ready.exec(output)
      if (match) resolve({ child, said: match[1] ?? match[0] })
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.once('exit', (code) => reject(new Error(`${args[0]} ended with ${code}:\n${output}`)))
  })
}

function kill(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill('SIGKILL')
  })
}
