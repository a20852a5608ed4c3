import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { isHoldfastError } from '../src/base/errors.ts'
import { everyFault, listFaults } from '../src/drill/faults.ts'
import { formatReports } from '../src/drill/format-report.ts'
import { guardedSubject } from '../src/drill/guarded-subject.ts'
import { pipelineSubject } from '../src/drill/pipeline-subject.ts'
import type { DrillReport } from '../src/drill/report.ts'
import { type DrillOptions, runDrill } from '../src/drill/run-drill.ts'
import type { Scenario } from '../src/drill/scenario.ts'
import { scenarios, scenariosFor } from '../src/drill/scenarios.ts'
import type { DrillSubject, StartedSubject } from '../src/drill/subject.ts'
import type { Answer } from '../src/model/answer.ts'
import type { Model, ModelRequest } from '../src/model/model.ts'
import { noUsage } from '../src/model/usage.ts'
import { definePipeline } from '../src/pipeline/definition.ts'
import { createVirtualClock } from '../src/testing/virtual-clock.ts'

/*
 * The drills, in virtual time over real sockets. The limits are what a trial of 110 lines reached under the
 * same rules: answers of 145 ms, at most 180; first content within 1 s, pieces within 0.5 s of each other,
 * the whole within 3 s; 20 requests at a time and 100 a second, half of them as JSON, half as streams.
 */

const timeout = { firstContentMs: 1_000, chunkMs: 500, attemptMs: 1_000 }
const towns = ['Zürich', 'Kraków', 'São Paulo', '東京', 'Αθήνα', 'Reykjavík', 'Łódź', 'Besançon']
const endings = [
  '',
  ' It is insured.',
  ' Keep it away from heat and from cats.',
  ' It is insured, and it has to be signed for at the door by you.',
]
const questions = Array.from({ length: 40 }, (_, index) => {
  const parcel = `Parcel №${index} to ${towns[index % 8]} 📦 left on day ${(index % 28) + 1}`
  const courier = `The courier – Mr Ångström – hands it over in ${(index % 5) + 2} days.`
  return `Summarise this note:\n\n${parcel} and weighs ${3 * index} g. ${courier}${endings[index % 4]}`
})
const guarded = guardedSubject({ questions, deadlineMs: 3_000, policy: { timeout } })
const calm: Scenario = { name: 'calm', about: 'Nothing is wrong.', disturbances: [] }

async function drill(options: Omit<DrillOptions, 'clock'>): Promise<DrillReport> {
  const clock = createVirtualClock()
  const report = await runDrill({ ...options, clock })
  clock.close()
  return report
}

function scenario(name: string): Scenario {
  const found = scenarios.find((each) => each.name === name)
  if (!found) throw new Error(`There is no scenario ${name}.`)
  return found
}

/** As it is printed, and as the limits are given: to two digits. */
const rounded = (share: number) => Math.round(share * 100) / 100

const nothingBad = {
  usefulShare: 1,
  wrong: 0,
  truncated: 0,
  errors: 0,
  overruns: 0,
  hung: 0,
  earlyCalls: 0,
  problems: [],
  passed: true,
}

describe('a guarded pair of models', () => {
  it('answers as fast as the model when nothing is wrong', async () => {
    const report = await drill({ subject: guarded, scenario: calm })
    expect(report).toMatchObject({ ...nothingBad, degraded: 0, callsPerRequest: 1 })
    expect(report.p50Ms).toBeLessThanOrEqual(150)
    expect(report.p99Ms).toBeLessThanOrEqual(179)
  })

  it.each([
    ['random', 300, 1.06],
    ['outage', 179, 1.02],
    ['brownout', 1_142, 1.02],
    ['rate-limit-storm', 179, 1.14],
    ['cut-streams', 730, 1.1],
    ['both-down', 180, 0.83],
  ])('gets through %s with p99 ≤ %i ms and ≤ %f calls per request', async (name, p99, calls) => {
    const report = await drill({ subject: guarded, scenario: scenario(name) })
    expect(report).toMatchObject({ ...nothingBad, requests: 1_000 })
    expect(report.p99Ms).toBeLessThanOrEqual(p99)
    expect(rounded(report.callsPerRequest)).toBeLessThanOrEqual(calls)
  })

  it.each(['restart', 'continue', 'finish'] as const)(
    'never gives half an answer as whole under %s',
    async (midStream) => {
      // Most calls fail, and the breakers let all of them through.
      const faults = everyFault('text').map(({ fault }) => fault)
      const storm: Scenario = {
        name: 'storm',
        about: 'Two calls in three meet a fault.',
        disturbances: [{ kind: 'faults', at: 'all', share: 0.67, faults: faults.filter(isString) }],
      }
      const breaker = { consecutiveFailures: 1e9, failureShare: 1, minCalls: 1e9 }
      const policy = { timeout, midStream, breaker }
      const subject = guardedSubject({ questions, deadlineMs: 3_000, policy })
      const report = await drill({ subject, scenario: storm, requests: 500 })
      expect(report).toMatchObject(nothingBad)
    },
  )

  it('asks nothing that cannot be answered when both are down', async () => {
    const cannedMs: number[] = []
    const subject = watched(guarded, ({ source, latencyMs }) => {
      if (source === 'canned') cannedMs.push(latencyMs)
    })
    await drill({ subject, scenario: scenario('both-down') })
    expect(cannedMs.length).toBeGreaterThan(150)
    // Ahead of the breakers, and at the probes behind them, some wait for a model.
    const atOnce = cannedMs.filter((ms) => ms <= 5)
    expect(atOnce.length / cannedMs.length).toBeGreaterThan(0.9)
  })

  it('says the same twice for the same seed', async () => {
    const options = { subject: guarded, scenario: scenario('random'), requests: 200 }
    const first = await drill(options)
    expect(await drill(options)).toEqual(first)
    expect(await drill({ ...options, seed: 2 })).not.toEqual({ ...first, seed: 2 })
  })
})

const order = definePipeline({
  name: 'order',
  input: z.object({ message: z.string() }),
  output: z.object({
    intent: z.enum(['exchange', 'inquiry', 'support']),
    urgency: z.number().min(0).max(1),
    reply: z.string(),
  }),
  deadlineMs: 3_000,
  policy: { timeout },
  prompt: ({ input }) => ({ system: 'Sort what customers of a shop write.', user: input.message }),
  canned: () => ({ intent: 'inquiry', urgency: 0.5, reply: 'You will hear from us.' }),
  samples: Array.from({ length: 12 }, (_, index) => ({
    message: `I want to exchange the shoes of order ${1_000 + index} for size ${38 + index}.`,
  })),
})

describe('a pipeline with a schema', () => {
  const subject = pipelineSubject(order)

  it.each(scenariosFor(subject))('gets through $name', async (each) => {
    const report = await drill({ subject, scenario: each, requests: 300 })
    expect(report).toMatchObject(nothingBad)
  })

  it('is taken off a model whose answers stop to fit', async () => {
    const report = await drill({ subject, scenario: scenario('quality-drift'), requests: 400 })
    expect(report).toMatchObject(nothingBad)
    expect(report.bySource.fallback).toBeGreaterThan(150)
    // Each misfit costs a correction or two, until the model is given up.
    expect(report.callsPerRequest).toBeLessThan(1.5)
  })

  it('without a canned answer ends in an honest error', async () => {
    const { definition } = order
    const honest = pipelineSubject({ name: 'order', definition: { ...definition, canned: 'none' } })
    const report = await drill({
      subject: honest,
      scenario: scenario('both-down'),
      requests: 200,
    })
    expect(report.unanswered).toBeGreaterThan(20)
    expect(report).toMatchObject({ errors: 0, wrong: 0, overruns: 0, hung: 0, passed: true })
  })

  it('without samples cannot be drilled', () => {
    const { samples: _samples, ...definition } = order.definition
    expect(() => pipelineSubject({ name: 'order', definition })).toThrow(/order\.samples/)
  })
})

describe('a careless client', () => {
  const careless = carelessSubject()

  it('is caught presenting half an answer as whole', async () => {
    const report = await drill({
      subject: careless,
      scenario: scenario('cut-streams'),
      requests: 200,
    })
    expect(report.passed).toBe(false)
    expect(report.truncated).toBeGreaterThan(5)
    expect(report.problems[0]?.problem).toMatch(/given as whole .* instead of/)
    expect(formatReports([report])).toMatch(/cut-streams .* FAILED/)
  })

  it('is caught hanging where nothing answers', async () => {
    const report = await drill({ subject: careless, scenario: scenario('outage'), requests: 200 })
    expect(report.passed).toBe(false)
    expect(report.hung).toBeGreaterThan(5)
  })

  it('is caught answering with errors and empty texts', async () => {
    const faults = ['empty-content', 'length', 'content-filter', 'bad-key']
    const harsh: Scenario = {
      name: 'harsh',
      about: 'Answers that look whole, and calls that fail.',
      disturbances: [{ kind: 'faults', at: 'all', share: 0.5, faults }],
    }
    const report = await drill({ subject: careless, scenario: harsh, requests: 200 })
    expect(report.wrong).toBeGreaterThan(5)
    expect(report.truncated).toBeGreaterThan(5)
    expect(report.errors).toBeGreaterThan(5)
  })
})

describe('a drill that cannot be run', () => {
  it.each([
    ['an unknown fault', { kind: 'faults', at: 'primary', share: 1, faults: ['no-such'] }],
    ['a share above 1', { kind: 'faults', at: 'primary', share: 7, faults: ['stall'] }],
    ['a part outside the run', { kind: 'limit', at: 'primary', callsPerSecond: 5, to: 2 }],
  ] as const)('says so for %s', async (_name, disturbance) => {
    const wrong: Scenario = { name: 'wrong', about: 'Not a drill.', disturbances: [disturbance] }
    const refused = drill({ subject: guarded, scenario: wrong, requests: 10 })
    await expect(refused).rejects.toSatisfy((error) => isHoldfastError(error, 'INVALID_CONFIG'))
  })

  it('says so for a subject that never answers', async () => {
    const broken: DrillSubject = {
      ...guarded,
      start: async () => ({
        run: () => Promise.reject(new Error('No.')),
        stream: () => [] as never,
      }),
    }
    const refused = drill({ subject: broken, scenario: calm, requests: 10 })
    await expect(refused).rejects.toThrow(/cannot be drilled.*No\./)
  })
})

describe('the faults', () => {
  it('are many, each with a name and a line', () => {
    const faults = listFaults()
    expect(faults.length).toBeGreaterThan(70)
    expect(new Set(faults.map(({ id }) => id)).size).toBe(faults.length)
    expect(faults.filter(({ summary }) => summary === '')).toEqual([])
  })

  it('at random are those that pass and can be noticed', () => {
    const ids = everyFault('text').map(({ fault }) =>
      typeof fault === 'string' ? fault : fault.id,
    )
    expect(ids).toContain('stream-cut')
    for (const id of ['bad-key', 'duplicated-chunk', 'schema-invalid'])
      expect(ids).not.toContain(id)
    expect(everyFault(order.definition.output).map(({ fault }) => fault)).toContain(
      'schema-invalid',
    )
  })
})

/** Rate limits come with options; they would silence both models for the rest of the storm. */
const isString = (fault: unknown): fault is string => typeof fault === 'string'

/** Tells of each answer of a subject. */
function watched(subject: DrillSubject, tell: (answer: Answer) => void): DrillSubject {
  return {
    ...subject,
    async start(parts): Promise<StartedSubject> {
      const running = await subject.start(parts)
      return {
        async run(input) {
          const answer = await running.run(input)
          tell(answer)
          return answer
        },
        async *stream(input) {
          for await (const event of running.stream(input)) {
            if (event.type === 'answer-finished') tell(event.answer)
            yield event
          }
        },
      }
    },
  }
}

/**
 * What is written in an afternoon: the fallback in a catch block, no clocks, whatever came is the answer.
 * A stream that breaks simply ends, as with the SDKs that swallow an abort.
 */
function carelessSubject(): DrillSubject {
  return {
    ...guarded,
    name: 'careless',
    async start({ models }): Promise<StartedSubject> {
      const [primary, fallback] = models
      if (!primary || !fallback) throw new Error('It has two models.')
      const { signal } = new AbortController()
      const requestFor = (input: unknown): ModelRequest => ({
        messages: [{ role: 'user', content: String(input) }],
      })
      const ask = async (model: Model, input: unknown) =>
        (await model.generate(requestFor(input), { signal })).text
      return {
        run: async (input) => careless(await ask(primary, input).catch(() => ask(fallback, input))),
        async *stream(input) {
          let text = ''
          try {
            for await (const event of primary.stream(requestFor(input), { signal })) {
              if (event.type !== 'text-delta') continue
              text += event.text
              yield event
            }
          } catch (error) {
            if (text === '') throw error
          }
          yield { type: 'answer-finished', answer: careless(text) }
        },
      }
    },
  }
}

function careless(value: string): Answer {
  return {
    id: '',
    pipeline: 'careless',
    value,
    model: undefined,
    usage: noUsage,
    costUsd: undefined,
    attempts: [],
    mended: [],
    warnings: [],
    traceId: '',
    latencyMs: 0,
    source: 'primary',
    degraded: false,
  }
}
