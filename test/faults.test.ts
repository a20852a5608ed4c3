import { createServer } from 'node:net'
import { Agent } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sleep } from '../src/base/clock.ts'
import { startDeadline } from '../src/base/deadline.ts'
import { listFaults } from '../src/drill/faults.ts'
import { guardedSubject } from '../src/drill/guarded-subject.ts'
import { judge } from '../src/drill/judge.ts'
import { observe } from '../src/drill/observe.ts'
import { seededRandom } from '../src/drill/seeded.ts'
import { ModelFault } from '../src/model/fault.ts'
import type { Model, ModelRequest } from '../src/model/model.ts'
import { openaiCompatible } from '../src/providers/openai/openai-compatible.ts'
import { rehearsal } from '../src/providers/rehearsal/rehearsal.ts'
import {
  type RehearsalServer,
  startRehearsalServer,
} from '../src/providers/rehearsal/rehearsal-server.ts'
import { protect } from '../src/resilience/protect.ts'
import { createVirtualClock } from '../src/testing/virtual-clock.ts'

/*
 * Every fault of the catalogue, for whole answers and for streams, at the primary alone and at both
 * models, with 20 requests in flight, over real sockets in virtual time. What may come out: the answer,
 * byte for byte; or a canned one that says that it is one. Never half an answer, another one, or none.
 */

const clock = createVirtualClock()
const deadlineMs = 3_000
const inFlight = 20
const towns = ['Zürich', 'Kraków', 'São Paulo', '東京', 'Αθήνα', 'Reykjavík', 'Łódź', 'Besançon']
const notes = Array.from({ length: inFlight }, (_, index) => {
  return `Parcel №${index} to ${towns[index % towns.length]} 📦 weighs ${3 * index + 1} g – it left today.`
})
/** The rehearsal model summarises a text of one sentence by that sentence: the right answer is known. */
const subject = guardedSubject({
  questions: notes.map((note) => `Summarise this note:\n\n${note}`),
  deadlineMs,
  policy: { timeout: { firstContentMs: 1_000, chunkMs: 500, attemptMs: 1_000 } },
})

let servers: readonly [RehearsalServer, RehearsalServer]

beforeAll(async () => {
  const pace = { clock, firstTokenMs: 40, tokensPerSecond: 400 }
  servers = [await startRehearsalServer(pace), await startRehearsalServer(pace)]
})

afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()))
  clock.close()
})

interface Cell {
  readonly models: readonly Model[]
  readonly stream: boolean
}

/** Makes all requests at once; gives where the answers came from, and what was wrong with them. */
async function runCell({ models, stream }: Cell) {
  const running = await subject.start({ models, baseUrls: [], clock, random: seededRandom(1) })
  const yardstick = { output: 'text', expected: notes } as const
  const outcomes = await Promise.all(
    subject.inputs.map(async (input, index) => {
      const asked = { request: index, inputIndex: index, input, stream, patienceMs: 4_000 }
      const observation = await observe(running, asked, clock)
      return { observation, judgement: await judge(observation, yardstick) }
    }),
  )
  const problems = outcomes.flatMap(({ judgement, observation }) => {
    if (observation.durationMs > deadlineMs) return [`late: ${observation.durationMs} ms`]
    return 'problem' in judgement ? [judgement.problem] : []
  })
  const sources = outcomes.map(({ observation: { ending } }) => {
    return ending.kind === 'answered' ? ending.answer.source : ending.kind
  })
  const reasons = outcomes.flatMap(({ observation: { ending } }) => {
    const attempts = ending.kind === 'answered' ? ending.answer.attempts : []
    return attempts.filter(({ model }) => model === 'primary').map(({ outcome }) => outcome)
  })
  return { problems, sources, reasons: new Set<string>(reasons) }
}

const standIns = (): readonly Model[] => [
  rehearsal(servers[0], { model: 'primary', clock }),
  // A larger window: a prompt that was too long for the primary is not asked of an equal.
  rehearsal(servers[1], { model: 'fallback', clock, contextWindow: 131_072 }),
]

async function runFault(fault: string, at: 'primary' | 'both', stream: boolean) {
  servers[0].setFaults({ kind: 'always', fault })
  servers[1].setFaults(at === 'both' ? { kind: 'always', fault } : { kind: 'healthy' })
  return runCell({ models: standIns(), stream })
}

const cells = listFaults()
  .filter(({ noticed }) => noticed === 'always')
  .flatMap(({ id, modes, reasons }) => modes.map((mode) => ({ id, mode, reasons })))

/** Wrong anywhere, so no other model is asked: the canned answer comes at once. */
const failsFast = new Set(['bad-request'])

describe('every fault at the primary alone', () => {
  it.each(cells)('$id in $mode is answered by a model', async ({ id, mode, reasons }) => {
    const { problems, sources, ...found } = await runFault(id, 'primary', mode === 'sse')
    expect(problems).toEqual([])
    expect([...found.reasons].filter((reason) => !reasons.includes(reason))).toEqual([])
    expect(sources).toHaveLength(inFlight)
    if (failsFast.has(id)) expect(new Set(sources)).toEqual(new Set(['canned']))
    else expect(sources).not.toContain('canned')
  })
})

describe('every fault at both models', () => {
  it.each(cells)('$id in $mode ends whole or canned', async ({ id, mode }) => {
    const { problems, sources } = await runFault(id, 'both', mode === 'sse')
    expect(problems).toEqual([])
    expect(sources).toHaveLength(inFlight)
  })
})

describe('a provider that cannot be connected to', () => {
  const unreachable = [
    ['refused', () => unreachableModel('http://127.0.0.1:1/v1')],
    ['unknown by name', () => unreachableModel('http://provider.invalid/v1', noSuchName())],
    ['no TLS', () => unreachableModel(servers[0].baseUrl.replace('http:', 'https:'))],
  ] as const

  it.each(unreachable)('%s: the fallback answers at once', async (_name, createModel) => {
    for (const server of servers) server.setFaults({ kind: 'healthy' })
    const fallback = rehearsal(servers[1], { model: 'fallback', clock })
    for (const stream of [false, true]) {
      const beganAtMs = clock.now()
      const { problems, sources } = await runCell({ models: [createModel(), fallback], stream })
      expect(problems).toEqual([])
      expect(new Set(sources)).toEqual(new Set(['fallback']))
      expect(clock.now() - beganAtMs).toBeLessThan(500)
    }
  })

  it.each(unreachable)('%s on both: the canned answer', async (_name, createModel) => {
    const models = [createModel(), createModel()]
    const { problems, sources } = await runCell({ models, stream: true })
    expect(problems).toEqual([])
    expect(new Set(sources)).toEqual(new Set(['canned']))
  })

  it('a port that accepts and never answers is left in time', async () => {
    const server = createServer(() => undefined).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const silent = unreachableModel(`http://127.0.0.1:${port}/v1`)
    const { problems, sources } = await runCell({ models: [silent, ...standIns()], stream: true })
    server.close()
    expect(problems).toEqual([])
    expect(sources).not.toContain('canned')
  })
})

function unreachableModel(baseUrl: string, dispatcher?: Agent): Model {
  return openaiCompatible({
    baseUrl,
    model: 'unreachable',
    clock,
    ...(dispatcher && { dispatcher }),
  })
}

/** What the resolver says of a name that nobody has, without asking it. */
function noSuchName(): Agent {
  const error = Object.assign(new Error('getaddrinfo ENOTFOUND provider.invalid'), {
    code: 'ENOTFOUND',
    syscall: 'getaddrinfo',
  })
  return new Agent({ connect: { lookup: (_host, _options, callback) => callback(error, []) } })
}

describe('what the protocol cannot show', () => {
  it('is one fault, and the list says so', () => {
    const unnoticed = listFaults().filter(({ noticed }) => noticed === 'never')
    expect(unnoticed.map(({ id }) => id)).toEqual(['duplicated-chunk'])
  })
})

describe('an abort', () => {
  const request: ModelRequest = {
    messages: [{ role: 'user', content: subject.inputs[0] as string }],
  }

  it.each([
    ['before the first content', 10],
    ['in the middle of the text', 80],
  ])('%s reaches the provider at once', async (_name, afterMs) => {
    const [primary] = servers
    primary.setFaults({ kind: 'healthy' })
    await primary.idle()
    primary.requests.clear()
    const caller = new AbortController()
    const deadline = startDeadline(clock, deadlineMs, caller.signal)
    const model = protect(standIns(), { clock })
    const reading = (async () => {
      for await (const _event of model.call(request, { deadline, stream: true }));
    })()
    clock.setTimer(afterMs, () => caller.abort(new Error('The user has left.')))
    await expect(reading).rejects.toThrow('The user has left.')
    const abortedAtMs = clock.now()
    await primary.idle()
    expect(primary.requests.log.map(({ outcome }) => outcome)).toEqual(['left'])
    expect(clock.now() - abortedAtMs).toBeLessThan(100)
    deadline.release()
  })

  it('by a reader that leaves reaches the provider', async () => {
    const [primary] = servers
    primary.setFaults({ kind: 'always', fault: 'giant-stream' })
    await primary.idle()
    primary.requests.clear()
    const deadline = startDeadline(clock, deadlineMs)
    const model = protect(standIns(), { clock, maxOutputBytes: 1e9 })
    let chunks = 0
    for await (const event of model.call(request, { deadline, stream: true })) {
      if (event.type === 'text-delta' && ++chunks === 2) break
    }
    await primary.idle()
    expect(primary.requests.log.map(({ outcome }) => outcome)).toEqual(['left'])
    // What two chunks and the buffers on the way hold, and nothing like the 10,000 of the whole stream.
    expect(primary.requests.log[0]?.outputTokens).toBeLessThan(2_000 * 1_000)
    deadline.release()
  })

  it('leaves no timer and no socket behind', async () => {
    await Promise.all(servers.map((server) => server.idle()))
    await sleep(clock, 1_000)
    expect(clock.pendingTimers).toBe(0)
  })
})

describe('10,000 concurrent calls with the primary down', () => {
  const request = (index: number): ModelRequest => ({
    messages: [{ role: 'user', content: `question ${index}` }],
  })

  it('are all answered by the fallback, none mixed up', async () => {
    const primary = scripted('primary', () => [])
    const fallback = scripted('fallback', (question) => [question, ' has', ' its answer'])
    const model = protect([primary, fallback], { clock, random: seededRandom(1) })
    const answers = await Promise.all(
      Array.from({ length: 10_000 }, async (_, index) => {
        const deadline = startDeadline(clock, deadlineMs)
        let text = ''
        for await (const event of model.call(request(index), { deadline, stream: true })) {
          if (event.type === 'text-delta') text += event.text
          if (event.type !== 'call-finished') continue
          deadline.release()
          const { outcome } = event
          return outcome.status === 'complete' && outcome.result.text === text ? text : outcome
        }
        return undefined
      }),
    )
    expect(answers).toEqual(answers.map((_, index) => `question ${index} has its answer`))
  })
})

/** Says its parts 10 ms apart; a model with nothing to say is down. */
function scripted(id: string, say: (question: string) => readonly string[]): Model {
  const model: Model = {
    provider: id,
    id,
    capabilities: { structuredOutput: 'none', prefill: false },
    generate: () => Promise.reject(new Error('These calls stream.')),
    async *stream({ messages }, { signal }) {
      const parts = say(messages[0]?.content ?? '')
      if (parts.length === 0) {
        await sleep(clock, 5, signal)
        throw new ModelFault(model, { kind: 'http', status: 503, headers: {}, body: '' })
      }
      for (const text of parts) {
        await sleep(clock, 10, signal)
        yield { type: 'text-delta', text }
      }
      yield { type: 'finish', finishReason: 'stop', response: {} }
    },
  }
  return model
}
