/**
 * Measures what a request costs as a conversation grows to 10,000 turns: input tokens, the part of
 * them that a prompt cache can serve, money, and CPU per context; for the full history, the last
 * turns, LangChain's `trimMessages` where it is installed, and `buildContext`.
 *
 * Usage: node --expose-gc bench/context.ts [--budget 4000] [--turns 10000]
 *
 * From each turn number on, 60 requests in a row are measured. The prices are an example, in dollars
 * per million input tokens. All times are CPU times of the process. `trimMessages` is quadratic and left
 * out beyond 2,000 turns.
 */
import { parseArgs } from 'node:util'
import { buildContext } from '../src/context/build-context.ts'
import { countMessage, loadTokenizer } from '../src/context/count-tokens.ts'
import type { ContextEpoch } from '../src/context/epoch.ts'
import { createRecallIndex } from '../src/context/recall-index.ts'
import { overheadOf } from '../src/context/request-overhead.ts'
import { sumTokens } from '../src/context/token-count.ts'
import type { Memory, Turn } from '../src/model/conversation.ts'
import type { Message } from '../src/model/message.ts'
import { logPlot } from './context-plot.ts'
import { longConversation } from './recall-corpus.ts'

const { values } = parseArgs({
  options: {
    budget: { type: 'string', default: '4000' },
    turns: { type: 'string', default: '10000' },
  },
})
const budget = Number(values.budget)
const mostTurns = Number(values.turns)
const points = [10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000].filter(
  (at) => at <= mostTurns,
)
const requests = 60
const price = { input: 1, cached: 0.1 }
const system = 'You are the assistant of a small workshop. Be brief and keep to the facts. '.repeat(
  20,
)
/** What is read of a conversation; the budget holds fewer. */
const readTurns = 200
const lastTurns = 20

const counted = new WeakMap<Message, number>()

interface Measured {
  readonly tokens: number
  /** The share of the request that begins as the one before it. */
  readonly cached: number
  readonly cpuMs: number
}

interface Strategy {
  readonly name: string
  /** Its letter in a plot. */
  readonly mark: string
  /** Takes in what was said before turn `count`, which is no part of a request. */
  readonly remember?: (count: number) => void
  /** The messages of the request in which the turn after `count` turns is the new one. */
  readonly request: (count: number) => readonly Message[] | Promise<readonly Message[]>
  /** One request takes longer with each turn, so that late ones are left out. */
  readonly until?: number
}

await loadTokenizer()
const said = longConversation(mostTurns + 2 * requests)
const appended = append(said)
const strategies = [fullHistory(), newestTurns(), ...(await trimMessages()), holdfast()]
await report()

/** Counts and indexes each turn as it comes, which is what an append costs beside the store. */
function append(messages: readonly Message[]) {
  const heapBefore = heapBytes()
  const times: number[] = []
  const turns: Turn[] = []
  const index = createRecallIndex()
  for (const [at, message] of messages.entries()) {
    const started = process.cpuUsage()
    const createdAtMs = Date.UTC(2026, 0, 1) + at * 600_000
    const turn = { seq: at + 1, message, createdAtMs, tokens: countMessage(message) }
    turns.push(turn)
    index.add(turn)
    times.push(cpuSince(started))
  }
  return { turns, times, heapBytes: heapBytes() - heapBefore }
}

function holdfast(): Strategy {
  const { turns } = appended
  const index = createRecallIndex()
  let epoch: ContextEpoch | undefined
  return {
    name: `Holdfast, ${budget} tokens`,
    mark: 'H',
    remember(count) {
      for (const turn of turns.slice(index.lastSeq, count)) index.add(turn)
    },
    request(count) {
      const memory: Memory = {
        conversationId: 'bench',
        recentTurns: turns.slice(Math.max(0, count - readTurns), count),
        historySummary: undefined,
        pins: [],
        workingState: { value: {}, version: 0 },
        totalTurns: count,
      }
      const context = buildContext(memory, budget, {
        system,
        user: [newMessage(count)],
        recall: index.search,
        ...(epoch && { epoch }),
      })
      epoch = context.epoch
      return context.messages
    },
  }
}

function fullHistory(): Strategy {
  return {
    name: 'full history',
    mark: 'F',
    request: (count) => withSystem(said.slice(0, count + 1)),
  }
}

function newestTurns(): Strategy {
  return {
    name: `last ${lastTurns} turns`,
    mark: 'L',
    request: (count) => withSystem(said.slice(Math.max(0, count - lastTurns), count + 1)),
  }
}

interface LangchainMessages {
  readonly HumanMessage: new (content: string) => { readonly content: string }
  readonly AIMessage: new (content: string) => { readonly content: string }
  trimMessages(
    messages: readonly unknown[],
    options: object,
  ): Promise<readonly { readonly content: string }[]>
}

/** With counts that are looked up: the time is its own. */
async function trimMessages(): Promise<Strategy[]> {
  const name: string = '@langchain/core/messages'
  let module: LangchainMessages
  try {
    module = (await import(name)) as LangchainMessages
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_MODULE_NOT_FOUND') throw error
    console.log('LangChain trimMessages: not installed (npm install --save-dev @langchain/core)')
    return []
  }
  const counts = new Map(
    appended.turns.map((turn) => [turn.message.content, sumTokens(turn.tokens) + 4]),
  )
  const tokenCounter = (messages: readonly { readonly content: string }[]) =>
    messages.reduce((sum, { content }) => sum + (counts.get(content) ?? 0), 0)
  const wrapped = said.map(({ role, content }) =>
    role === 'user' ? new module.HumanMessage(content) : new module.AIMessage(content),
  )
  const maxTokens = Math.floor(budget * 0.8)
  return [
    {
      name: `trimMessages, ${maxTokens} tokens`,
      mark: 'T',
      until: 2_000,
      async request(count) {
        const options = { maxTokens, strategy: 'last', tokenCounter }
        const kept = await module.trimMessages(wrapped.slice(0, count + 1), options)
        return withSystem(kept.map(({ content }) => ({ role: 'user', content })))
      },
    },
  ]
}

async function report(): Promise<void> {
  const { times, heapBytes: heap, turns } = appended
  console.log(
    `Appending ${turns.length} turns (count and index): p50 ${at(times, 0.5)} ms, p99 ${at(times, 0.99)} ms; ` +
      `${(heap / turns.length / 1_024).toFixed(1)} KB of heap a turn; what is said repeats, so that its text is not in there.`,
  )
  const results = new Map<Strategy, ReadonlyMap<number, Point>>()
  for (const strategy of strategies) {
    console.log(`\n${strategy.name} (${strategy.mark})`)
    console.log('   turn   tokens  cached   $/1,000 requests    CPU ms p50 / p99')
    const measured = new Map<number, Point>()
    results.set(strategy, measured)
    // The compiler is at work in the first requests; it is not what is measured.
    await measure(strategy, Math.min(100, mostTurns))
    for (const point of points) {
      if (point > (strategy.until ?? point)) continue
      const summed = sumUp(await measure(strategy, point))
      measured.set(point, summed)
      console.log(line(point, summed))
    }
  }
  plot('Tokens of a request, by turn', results, ({ tokens }) => tokens, whole)
  plot('Dollars for 1,000 requests, by turn', results, ({ cost }) => cost, dollars)
  reportCpu(results)
}

interface Point {
  readonly tokens: number
  readonly cached: number
  /** Dollars for 1,000 requests. */
  readonly cost: number
  readonly times: readonly number[]
}

function sumUp(measured: readonly Measured[]): Point {
  const tokens = mean(measured.map((each) => each.tokens))
  const cached = mean(measured.map((each) => each.cached))
  const cost = (tokens * (cached * price.cached + (1 - cached) * price.input)) / 1_000
  return { tokens, cached, cost, times: measured.map((each) => each.cpuMs) }
}

function whole(value: number): string {
  return value.toFixed(0)
}

function dollars(value: number): string {
  return value.toFixed(2)
}

type Results = ReadonlyMap<Strategy, ReadonlyMap<number, Point>>

function plot(
  title: string,
  results: Results,
  read: (point: Point) => number,
  label: (value: number) => string,
): void {
  const lines = [...results].map(([{ mark }, measured]) => ({
    mark,
    values: points.map((point) => {
      const found = measured.get(point)
      return found && read(found)
    }),
  }))
  console.log(`\n${title}: ${strategies.map(({ mark, name }) => `${mark} ${name}`).join(', ')}`)
  for (const row of logPlot(points.map(String), lines, label)) console.log(row)
}

function reportCpu(results: Results): void {
  const shown = points.filter((point) => [100, 1_000, 10_000].includes(point))
  console.log('\nCPU for one context, ms p50 / p99, at turn')
  console.log(''.padEnd(28) + shown.map((point) => String(point).padStart(18)).join(''))
  for (const [{ name }, measured] of results) {
    const cells = shown.map((point) => {
      const found = measured.get(point)
      const times = found ? `${at(found.times, 0.5)} / ${at(found.times, 0.99)}` : 'not finished'
      return times.padStart(18)
    })
    console.log(name.padEnd(28) + cells.join(''))
  }
}

async function measure(strategy: Strategy, point: number): Promise<readonly Measured[]> {
  const measured: Measured[] = []
  let last = ''
  for (let request = -1; request < requests; request++) {
    const count = point + 2 * request
    if (count < 0 || count % 2 !== 0) continue
    strategy.remember?.(count)
    const started = process.cpuUsage()
    const messages = await strategy.request(count)
    const cpuMs = cpuSince(started)
    const text = messages.map(({ role, content }) => `${role}\n${content}\n`).join('')
    const tokens = messages.reduce((sum, message) => sum + tokensOf(message), 3)
    // The first request only warms what the next ones are compared with.
    if (request >= 0)
      measured.push({ tokens, cached: commonPrefix(last, text) / text.length, cpuMs })
    last = text
  }
  return measured
}

function line(point: number, { tokens, cached, cost, times }: Point): string {
  const cells = [
    String(point).padStart(7),
    tokens.toFixed(0).padStart(9),
    `${(100 * cached).toFixed(0)} %`.padStart(8),
    cost.toFixed(2).padStart(19),
    `${at(times, 0.5)} / ${at(times, 0.99)}`.padStart(20),
  ]
  return cells.join('')
}

function tokensOf(message: Message): number {
  const count = counted.get(message) ?? sumTokens(countMessage(message)) + overheadOf(message)
  counted.set(message, count)
  return count
}

function newMessage(count: number): Message {
  const message = said[count]
  if (!message) throw new RangeError(`There is no turn ${count} of ${said.length}.`)
  return message
}

function withSystem(messages: readonly Message[]): readonly Message[] {
  return [{ role: 'system', content: system }, ...messages]
}

function commonPrefix(one: string, other: string): number {
  let length = 0
  while (length < one.length && one[length] === other[length]) length++
  return length
}

function cpuSince(started: NodeJS.CpuUsage): number {
  const { user, system: kernel } = process.cpuUsage(started)
  return (user + kernel) / 1_000
}

function heapBytes(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length
}

function at(times: readonly number[], share: number): string {
  const sorted = times.toSorted((one, other) => one - other)
  return (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(2)
}
