/**
 * How fast answers are accepted and begun, how many a process makes, and what a tenant with ten thousand
 * answers does to others: on SQLite and on Redis, next to BullMQ alone.
 *
 * Usage: npm run bench -- jobs [--latency 500] [--throughput 2000] [--flood 10000] [--tenants 100]
 *
 * The model answers from memory at once (20 ms for the fairness), so all that is measured is ours, and
 * BullMQ alone does far less: it keeps no record, no events and no trace of an answer. Times are those of the
 * machine as it is; compare them within one run. CPU is that of the whole process, accepting and making.
 */
import { parseArgs } from 'node:util'
import { Redis } from 'ioredis'
import { startRedis } from '../scripts/redis.ts'
import {
  bullmqSubject,
  holdfastSubject,
  type JobsSubject,
  type SubjectOptions,
} from './jobs-subjects.ts'

const { values } = parseArgs({
  options: {
    latency: { type: 'string', default: '500' },
    throughput: { type: 'string', default: '2000' },
    flood: { type: 'string', default: '10000' },
    tenants: { type: 'string', default: '100' },
  },
})
const counts = {
  latency: Number(values.latency),
  throughput: Number(values.throughput),
  flood: Number(values.flood),
  tenants: Number(values.tenants),
}
const redis = await startRedis()
const administrator = new Redis(redis.url)
type Open = (options: SubjectOptions) => Promise<JobsSubject>
const onRedis =
  (open: (options: SubjectOptions) => Promise<JobsSubject>): Open =>
  async (options) => {
    // What the subject before has left would be done too.
    await administrator.flushall()
    return open(options)
  }
const subjects: readonly Open[] = [
  (options) => holdfastSubject('Holdfast, SQLite', undefined, options),
  onRedis((options) => holdfastSubject('Holdfast, Redis', redis.url, options)),
  onRedis((options) => bullmqSubject('BullMQ alone, Redis', redis.url, options)),
]

console.log('| | acknowledge p50 / p99 ms | add to start p50 / p99 ms | jobs/s | CPU ms per job |')
console.log('|---|---|---|---|---|')
for (const open of subjects) console.log(await measureSpeed(open))
console.log('\n| | p95 wait ms: no flood | with a flood | with a flood that names no tenant |')
console.log('|---|---|---|---|')
for (const open of subjects.slice(0, 2)) console.log(await measureFairness(open))
administrator.disconnect()
await redis.stop()
process.exit()

async function measureSpeed(open: Open): Promise<string> {
  const marks = createMarks()
  const subject = await open({ concurrency: 10, workMs: 0, worksAtOnce: true, ...marks.hooks })
  await subject.work()
  // Not measured: what is compiled and opened at the first.
  for (let n = -50; n < 0; n++) await subject.enqueue({ n })
  await marks.allEnded(50)

  const acknowledged: number[] = []
  const started: number[] = []
  for (let n = 0; n < counts.latency; n++) {
    const fromMs = performance.now()
    const begun = marks.begun(n)
    await subject.enqueue({ n })
    acknowledged.push(performance.now() - fromMs)
    started.push((await begun) - fromMs)
  }
  await marks.allEnded(50 + counts.latency)

  const cpuBefore = process.cpuUsage()
  const fromMs = performance.now()
  const numbers = Array.from({ length: counts.throughput }, (_, n) => counts.latency + n)
  await inParallel(50, numbers, (n) => subject.enqueue({ n }))
  await marks.allEnded(50 + counts.latency + counts.throughput)
  const tookMs = performance.now() - fromMs
  const { user, system } = process.cpuUsage(cpuBefore)
  await subject.close()
  const cells = [
    pair(acknowledged),
    pair(started),
    Math.round((counts.throughput / tookMs) * 1_000),
    ((user + system) / 1_000 / counts.throughput).toFixed(2),
  ]
  return `| ${subject.name} | ${cells.join(' | ')} |`
}

/** All tenants ask for ten answers at the same moment, when a flood of another one is there already. */
async function measureFairness(open: Open): Promise<string> {
  const none = await waitUnderFlood(open, 0, 'flood')
  const fair = await waitUnderFlood(open, counts.flood, 'flood')
  const unnamed = await waitUnderFlood(open, counts.flood, undefined)
  const cells = [none.p95, fair.p95, unnamed.p95].map((ms) => Math.round(ms))
  const ratio = (fair.p95 / none.p95).toFixed(2)
  return `| ${none.name} | ${cells[0]} | ${cells[1]} (× ${ratio}) | ${cells[2]} |`
}

async function waitUnderFlood(open: Open, flood: number, floodTenant: string | undefined) {
  const marks = createMarks()
  const subject = await open({ concurrency: 16, workMs: 20, worksAtOnce: false, ...marks.hooks })
  const named = floodTenant !== undefined && { tenant: floodTenant }
  const floodNumbers = Array.from({ length: flood }, (_, index) => -1 - index)
  await inParallel(50, floodNumbers, (n) => subject.enqueue({ n, ...named }))
  const numbers = Array.from({ length: (counts.tenants - 1) * 10 }, (_, n) => n)
  // Without names all are one tenant, and the queue is first come, first served.
  await inParallel(50, numbers, (n) =>
    subject.enqueue({ n, ...(named && { tenant: `tenant-${n % (counts.tenants - 1)}` }) }),
  )
  const fromMs = performance.now()
  const begun = numbers.map((n) => marks.begun(n))
  await subject.work()
  const waits = (await Promise.all(begun)).map((atMs) => atMs - fromMs)
  await subject.close()
  return { name: subject.name, p95: quantile(waits, 0.95) }
}

/** When jobs began, and how many have ended. */
function createMarks() {
  const begun = new Map<number, PromiseWithResolvers<number>>()
  let ended = 0
  let check = () => {}
  const markOf = (n: number) => {
    const mark = begun.get(n) ?? Promise.withResolvers<number>()
    begun.set(n, mark)
    return mark
  }
  return {
    hooks: {
      begun: (n: number) => markOf(n).resolve(performance.now()),
      ended: () => {
        ended++
        check()
      },
    },
    begun: (n: number) => markOf(n).promise,
    allEnded: (count: number) =>
      new Promise<void>((resolve) => {
        check = () => {
          if (ended >= count) resolve()
        }
        check()
      }),
  }
}

async function inParallel<T>(lanes: number, items: readonly T[], work: (item: T) => Promise<void>) {
  const left = [...items].reverse()
  const lane = async () => {
    for (let item = left.pop(); item !== undefined; item = left.pop()) await work(item)
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}

function pair(values: readonly number[]): string {
  return `${quantile(values, 0.5).toFixed(1)} / ${quantile(values, 0.99).toFixed(1)}`
}

function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0
}
