import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Answer, createHoldfast, createLogger, startRehearsalServer } from 'holdfast'
import { createLiveClient } from 'holdfast/client'
import { clientFolder, startServer } from 'holdfast/server'

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

/** A server that only accepts, two workers, and visitors who all write at the same time. */
export async function runLoad({ visitors, messages, trouble }: LoadOptions): Promise<LoadReport> {
  const data = mkdtempSync(join(tmpdir(), 'holdfast-load-'))
  // About two seconds an answer.
  const provider = await startRehearsalServer({ firstTokenMs: 500, tokensPerSecond: 60 })
  process.env.LOAD_PROVIDER = provider.baseUrl
  process.env.HOLDFAST_DATA = data
  const { default: config } = await import('./holdfast.config.ts')
  const app = await createHoldfast({
    ...config,
    data,
    concurrency: 0,
    logger: createLogger('silent'),
  })
  const pages = {
    '/': fileURLToPath(new URL('../public', import.meta.url)),
    '/client': clientFolder,
  }
  const server = await startServer({ app, port: 0, pages })
  const workers = await Promise.all([startWorker(data), startWorker(data)])
  const report = {
    page: [] as number[],
    accepted: [] as number[],
    answered: [] as number[],
    sources: {} as Record<string, number>,
    answers: [] as Answer[],
  }
  const client = createLiveClient({ url: server.url })
  try {
    for (let round = 0; round < messages; round++) {
      if (trouble && round === 1) {
        const models = { 'rehearsal-primary': { kind: 'always', fault: 'unavailable' } } as const
        provider.setFaults({ kind: 'by-model', models })
      }
      const all = Array.from({ length: visitors }, (_, visitor) => visit(`v${visitor}`, round))
      if (trouble && round === 1) await kill(workers[0])
      await Promise.all(all)
    }
    return report
  } finally {
    client.close()
    await Promise.all(workers.map(kill))
    await server.close()
    await app.close()
    await provider.close()
    rmSync(data, { recursive: true, force: true })
  }

  async function visit(userId: string, round: number): Promise<void> {
    const startedAt = performance.now()
    const page = await fetch(`${server.url}/`)
    await page.text()
    report.page.push(performance.now() - startedAt)
    const message = says[round % says.length]
    const askedAt = performance.now()
    const response = await fetch(`${server.url}/v1/pipelines/onboarding/answers`, {
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

/** Resolves when the worker says that it works. */
function startWorker(data: string): Promise<ChildProcess> {
  const program = fileURLToPath(new URL('cli/main.js', import.meta.resolve('holdfast')))
  const config = fileURLToPath(new URL('holdfast.config.ts', import.meta.url))
  const child = spawn(
    process.execPath,
    [program, 'worker', '--config', config, '--concurrency', '64'],
    { env: { ...process.env, HOLDFAST_DATA: data, LOG_LEVEL: 'silent' } },
  )
  let output = ''
  return new Promise((resolve, reject) => {
    const hear = (chunk: Buffer) => {
      output += chunk.toString()
      if (output.includes('Holdfast works')) resolve(child)
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.once('exit', (code) => reject(new Error(`A worker ended with ${code}:\n${output}`)))
  })
}

function kill(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill('SIGKILL')
  })
}
