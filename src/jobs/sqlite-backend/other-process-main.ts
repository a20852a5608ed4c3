import { Queue, Worker } from 'bullmq'
import { createSqliteBackend } from './create-sqlite-backend.ts'

/**
 * The main module of another process: a queue, and on demand a worker, on a file that it shares with
 * the test. It reports what it has been acknowledged and what it has finished.
 */
export type ToOther =
  | { readonly kind: 'add'; readonly data: unknown }
  /** Add jobs without end, each of which takes `jobMs`, and work on them meanwhile. */
  | { readonly kind: 'addAndWork'; readonly jobMs: number }

export type FromOther =
  | { readonly kind: 'ready' }
  | { readonly kind: 'added'; readonly id: string; readonly at: number }
  | { readonly kind: 'completed'; readonly id: string }

const [path = '', queueName = ''] = process.argv.slice(2)
const backend = createSqliteBackend({ path })
const queue = new Queue(queueName, { connection: {} }, backend)

const report = (message: FromOther) => process.send?.(message)

async function add(data: unknown): Promise<void> {
  const at = Date.now()
  const { id } = await queue.add('job', data)
  report({ kind: 'added', id: id ?? '', at })
}

async function addAndWork(jobMs: number): Promise<void> {
  const worker = new Worker(
    queueName,
    () => new Promise((resolve) => setTimeout(resolve, jobMs)),
    { connection: {}, concurrency: 5, lockDuration: 300, stalledInterval: 100, maxStalledCount: 9 },
    backend,
  )
  worker.on('completed', ({ id }) => report({ kind: 'completed', id: id ?? '' }))
  for (let n = 0; ; n++) {
    await add({ n })
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

process.on('message', (message: ToOther) => {
  if (message.kind === 'add') void add(message.data)
  else void addAndWork(message.jobMs)
})
process.on('disconnect', () => process.exit())
await queue.getVersion()
report({ kind: 'ready' })
