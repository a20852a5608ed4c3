/**
 * Kills servers and workers under load, as `kill -9` does, and then looks at every answer that was
 * acknowledged: whether it ended, once, in a log without a gap, with the text of one run alone.
 *
 * Clients keep asking for answers and follow half of them over all breaks of their connections. They know
 * one address, behind which is whichever server answers. What was killed is started anew at once, as a
 * supervisor does; one of each kind is left meanwhile.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { createLiveClient } from '../../src/client/index.ts'
import { separate } from '../../src/live/merge-entries.ts'
import { isLastEvent } from '../../src/model/answer-event.ts'
import { firstSeqOf, type SequencedEvent } from '../../src/store/event-store.ts'
import { seededRandom } from '../../src/testing/seeded-random.ts'
import { startBalancer } from './balancer.ts'
import { type Fleet, type FleetOptions, type FleetProcess, startFleet } from './fleet.ts'
import { enqueueAt, readAnswer, readLogAt } from './fleet-client.ts'

export interface KillRunOptions extends FleetOptions {
  readonly kills: number
  /** The same seed kills in the same order, though not at the same instants. */
  readonly seed: number
}

export interface KillReport {
  readonly seed: number
  readonly kills: number
  readonly acknowledged: number
  /** Acknowledged answers that did not end with an answer of the model. */
  readonly lost: number
  /** Logs with another number of last events than one, with a gap, or with the text of two runs. */
  readonly brokenLogs: number
  /** Events that followers got twice, out of order, or not at all. */
  readonly brokenFollowings: number
  /** Runs beyond the first of each answer: work that was begun again. */
  readonly repeatedRuns: number
  /** Requests to the provider beyond one for each answer: work that was paid for again. */
  readonly repeatedCalls: number
  readonly followed: number
  /** The longest silences that each disturbed follower saw, in milliseconds. */
  readonly silencesMs: readonly number[]
}

const servers = 2
const workers = 2
const clientCount = 4
const askEveryMs = 1_000

export async function runKills(options: KillRunOptions): Promise<KillReport> {
  const fleet = await startFleet({ provider: { tokensPerSecond: 25 }, ...options })
  try {
    return await killUnderLoad(fleet, options)
  } finally {
    await fleet.close()
  }
}

async function killUnderLoad(fleet: Fleet, options: KillRunOptions): Promise<KillReport> {
  const random = seededRandom(options.seed)
  const serving = await Promise.all(Array.from({ length: servers }, () => fleet.startServer()))
  const working = await Promise.all(
    Array.from({ length: workers }, () => fleet.startWorker({ concurrency: 8 })),
  )
  const balancer = await startBalancer(serving.map(({ url }) => url))
  const load = startLoad(balancer.url, options.seed)
  await killInTurn([serving, working], options.kills, random)
  const { acknowledged, followed } = await load.stop()
  const checked = []
  for (const id of acknowledged) checked.push(await checkAnswer(balancer.url, id))
  balancer.close()
  return {
    seed: options.seed,
    kills: options.kills,
    acknowledged: acknowledged.length,
    lost: checked.filter(({ isAnswered }) => !isAnswered).length,
    brokenLogs: checked.filter(({ isWhole }) => !isWhole).length,
    brokenFollowings: followed.filter(({ isWhole }) => !isWhole).length,
    repeatedRuns: checked.reduce((sum, { runs }) => sum + runs - 1, 0),
    repeatedCalls: fleet.provider.requests.count - acknowledged.length,
    followed: followed.length,
    silencesMs: followed.map(({ silenceMs }) => silenceMs).filter((ms) => ms > disturbedMs),
  }
}

/** Kills a server or a worker, again and again, and starts it anew; settles when all are ready. */
async function killInTurn(
  roles: readonly (readonly FleetProcess[])[],
  kills: number,
  random: () => number,
): Promise<void> {
  const ready = new Set(roles.flat())
  const restarts = new Set<Promise<void>>()
  const candidates = () =>
    roles
      .map((members) => members.filter((member) => ready.has(member)))
      .flatMap((members) => (members.length > 1 ? members : []))
  for (let kill = 0; kill < kills; kill++) {
    await delay(200 + random() * 800)
    while (candidates().length === 0) await Promise.race(restarts)
    const victim = candidates()[Math.floor(random() * candidates().length)]
    if (!victim) throw new Error('No process is ready to be killed.')
    ready.delete(victim)
    await victim.kill()
    const restart = victim.restart().then(() => {
      ready.add(victim)
      restarts.delete(restart)
    })
    restarts.add(restart)
  }
  await Promise.all(restarts)
}

interface Following {
  readonly isWhole: boolean
  readonly silenceMs: number
}

interface Load {
  /** Settles when each request that was sent is acknowledged, and what is followed has ended. */
  stop(): Promise<{
    readonly acknowledged: readonly string[]
    readonly followed: readonly Following[]
  }>
}

/** Clients ask at a steady pace, each request again until it is acknowledged. */
function startLoad(url: string, seed: number): Load {
  const acknowledged: string[] = []
  const followings: Promise<Following>[] = []
  const clients = Array.from({ length: clientCount }, () => createLiveClient({ url }))
  let stopping = false
  const asking = clients.map(async (client, index) => {
    for (let count = 0; !stopping; count++) {
      const id = await insist(url, `${seed}-${index}-${count}`)
      acknowledged.push(id)
      if (count % 2 === 0) followings.push(follow(client.follow(id)))
      await delay(askEveryMs)
    }
  })
  return {
    async stop() {
      stopping = true
      await Promise.all(asking)
      const followed = await Promise.all(followings)
      for (const client of clients) client.close()
      return { acknowledged, followed }
    },
  }
}

/** Asks with the same key until it is acknowledged, so that one request makes one answer. */
async function insist(url: string, key: string): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await enqueueAt(url, key)
    } catch (error) {
      if (attempt > 300) throw error
      await delay(50)
    }
  }
}

/** Longer than between the tokens of an undisturbed answer on a busy machine. */
const disturbedMs = 1_000

async function follow(events: AsyncIterable<SequencedEvent>): Promise<Following> {
  let lastSeq = 0
  let isWhole = true
  let silenceMs = 0
  let heardAtMs: number | undefined
  for await (const entry of events) {
    const nowMs = performance.now()
    // From the first event on: before it the answer waits its turn in the queue.
    if (heardAtMs !== undefined) silenceMs = Math.max(silenceMs, nowMs - heardAtMs)
    heardAtMs = nowMs
    // An entry of a log that has ended may stand for several.
    if (firstSeqOf(entry) !== lastSeq + 1) isWhole = false
    lastSeq = entry.seq
  }
  return { isWhole, silenceMs }
}

async function checkAnswer(url: string, id: string) {
  // The response ends with the last event, so the answer has ended when it is here.
  const log = separate(await readLogAt(url, id))
  const { answer, state, run } = await readAnswer(url, id)
  const ends = log.filter(({ event }) => isLastEvent(event)).length
  const isGapless = log.every(({ seq }, index) => seq === index + 1)
  return {
    isAnswered: state === 'completed' && answer?.source === 'primary',
    isWhole: isGapless && ends === 1 && textOf(log) === answer?.value,
    runs: run,
  }
}

/** The text as a reader has it in the end: each run, and each reset, begins it anew. */
function textOf(log: readonly SequencedEvent[]): string {
  let text = ''
  for (const { event } of log) {
    if (event.type === 'answer-started' || event.type === 'reset') text = ''
    if (event.type === 'text-delta') text += event.text
  }
  return text
}
