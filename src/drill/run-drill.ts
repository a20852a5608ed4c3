import { type Clock, systemClock } from '../base/clock.ts'
import { HoldfastError, invalidConfig, messageOf } from '../base/errors.ts'
import { type FaultyProvider, startFaultyProvider } from './faulty-provider.ts'
import { judge, type Yardstick } from './judge.ts'
import { observe } from './observe.ts'
import { runPaced } from './pace.ts'
import { createReport, type DrillReport, type Judged } from './report.ts'
import { checkScenario, type Scenario } from './scenario.ts'
import { seededRandom } from './seeded.ts'
import type { DrillSubject, StartedSubject } from './subject.ts'

export interface DrillOptions {
  readonly subject: DrillSubject
  readonly scenario: Scenario
  /** Default 1,000: then one per cent is ten requests, and a p99 means something. */
  readonly requests?: number
  /** The same seed gives the same faults. Default 1. */
  readonly seed?: number
  /** Requests at the same time. Default 20. */
  readonly concurrency?: number
  /** Default 100. */
  readonly startsPerSecond?: number
  /** Default: the machine's. In virtual time a drill takes seconds and its figures are exact. */
  readonly clock?: Clock
}

/** Far enough behind the deadline that a late answer is told from none. */
const patienceBehindDeadlineMs = 250

const calm: Scenario = { name: 'calm', about: 'Nothing is wrong.', disturbances: [] }

/**
 * Puts the faulty provider behind the subject's models, makes requests while the scenario goes on, and
 * reports what their callers got, each compared with what the model says when nothing is wrong.
 *
 * @throws INVALID_CONFIG where a scenario cannot work, or where the subject gives no answer of its primary
 * model even when nothing is wrong.
 */
export async function runDrill(options: DrillOptions): Promise<DrillReport> {
  const { subject, scenario, requests = 1_000, seed = 1, clock = systemClock } = options
  const { concurrency = 20, startsPerSecond = 100 } = options
  if (subject.inputs.length === 0) {
    throw invalidConfig(`${subject.name}.samples`, '[]', 'at least one input to make requests with')
  }
  checkScenario(scenario)
  const expected = await learnExpected(subject, seed, clock)
  const yardstick = { ...subject, expected }
  return withProvider({ subject, scenario, seed, clock }, async (running, provider) => {
    const judged: Judged[] = []
    await runPaced({ requests, concurrency, startsPerSecond }, clock, async (request) => {
      provider.advance(request / requests)
      judged[request] = await makeRequest(running, { subject, scenario, request, clock, yardstick })
    })
    const { name, deadlineMs } = subject
    const facts = { subject: name, scenario: scenario.name, seed, deadlineMs, judged }
    return createReport({ ...facts, ...provider.count() })
  })
}

/** What the primary model says to each input when nothing is wrong. */
async function learnExpected(subject: DrillSubject, seed: number, clock: Clock) {
  return withProvider({ subject, scenario: calm, seed, clock }, async (running) => {
    const expected: unknown[] = []
    for (const input of subject.inputs) expected.push(await answerOf(subject, running, input))
    return expected
  })
}

async function answerOf({ name }: DrillSubject, running: StartedSubject, input: unknown) {
  const shown = JSON.stringify(input)
  const fail = (why: string, cause?: unknown) =>
    new HoldfastError(
      'INVALID_CONFIG',
      `${name} cannot be drilled: even with nothing wrong, its primary model gives no answer to ${shown} (${why}). Mend this first, or give other samples.`,
      { option: `${name}.samples`, value: input },
      { cause },
    )
  const answer = await running.run(input).catch((error: unknown) => {
    throw fail(messageOf(error), error)
  })
  if (answer.degraded) throw fail(`${answer.reason.code}: ${answer.reason.message}`)
  return answer.value
}

interface Setting {
  readonly subject: DrillSubject
  readonly scenario: Scenario
  readonly seed: number
  readonly clock: Clock
}

async function withProvider<T>(
  { subject, ...setting }: Setting,
  work: (running: StartedSubject, provider: FaultyProvider) => Promise<T>,
): Promise<T> {
  const { clock, seed } = setting
  const provider = await startFaultyProvider({
    ...setting,
    models: subject.models,
    output: subject.output,
  })
  try {
    const random = seededRandom(seed)
    const { models, baseUrls } = provider
    const running = await subject.start({ models, baseUrls, clock, random })
    try {
      return await work(running, provider)
    } finally {
      await running.close?.()
    }
  } finally {
    await provider.close()
  }
}

interface RequestParts {
  readonly subject: DrillSubject
  readonly scenario: Scenario
  readonly request: number
  readonly clock: Clock
  readonly yardstick: Yardstick
}

async function makeRequest(
  running: StartedSubject,
  { subject, scenario, request, clock, yardstick }: RequestParts,
): Promise<Judged> {
  const inputIndex = request % subject.inputs.length
  const { streamShare = 0.5 } = scenario
  const asked = {
    request,
    inputIndex,
    input: subject.inputs[inputIndex],
    // Spread evenly: every second, every fourth, all.
    stream: Math.floor((request + 1) * streamShare) > Math.floor(request * streamShare),
    patienceMs: subject.deadlineMs + patienceBehindDeadlineMs,
  }
  const observation = await observe(running, asked, clock)
  return { observation, judgement: await judge(observation, yardstick) }
}
