/** Answers made ahead by a whole application: store, queue, worker and event log. */
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Answer } from '../model/answer.ts'
import { definePipeline, type PipelineFacts } from '../pipeline/definition.ts'
import type { PrecomputePolicy } from '../pipeline/precomputed.ts'
import { createLogger } from '../telemetry/logger.ts'
import { createFakeClock } from '../testing/fake-clock.ts'
import { fails, type Script, says, scriptedModel } from '../testing/scripted-model.ts'
import { inTemporaryFolder } from '../testing/temporary-folder.ts'
import { createHoldfast } from './create-holdfast.ts'

const input = z.object({ user: z.string(), message: z.string() })
type Input = z.infer<typeof input>
type Policy = PrecomputePolicy<Input, Input, string>

const usage = { inputTokens: 100, outputTokens: 20 }
const quick = says('It costs 1 %.', { usage })
const asked = { user: 'ann', message: 'What does it cost?' }

interface Setting {
  readonly policy?: Partial<Policy>
  readonly script?: Script
  readonly memory?: boolean
  readonly concurrency?: number
}

const openApps: { close(): Promise<void> }[] = []

afterEach(async () => {
  for (const app of openApps.splice(0)) await app.close()
})

/** An application with one pipeline, a model whose waits are released by hand, and the store in a folder. */
async function open(folder: string, { policy, script = quick, memory, concurrency }: Setting = {}) {
  const modelClock = createFakeClock()
  const model = scriptedModel({ clock: modelClock, script })
  const remembered: Pick<PipelineFacts<typeof input, 'text'>, 'memory'> = {
    memory: { conversation: ({ user }) => user, user: ({ user }) => user, tokenBudget: 1_000 },
  }
  const help = definePipeline({
    name: 'help',
    input,
    output: 'text',
    models: [model],
    deadlineMs: 20_000,
    ...(memory && remembered),
    precompute: { freshMs: 60_000, ...policy },
    prompt: ({ input: { message } }) => ({ user: message }),
    canned: () => 'A person will answer.',
  })
  const app = await createHoldfast({
    pipelines: { help },
    data: join(folder, 'data'),
    logger: createLogger('silent'),
    ...(concurrency !== undefined && { concurrency }),
  })
  openApps.push(app)
  return { app, model, modelClock }
}

type App = Awaited<ReturnType<typeof open>>['app']

/** Makes an answer ahead and waits for its last event. */
async function makeAhead(app: App, wanted: Input): Promise<string> {
  const [outcome] = await app.help.precompute(wanted)
  expect(outcome).toMatchObject({ outcome: 'started' })
  const answerId = outcome?.answerId ?? ''
  await endOf(app, answerId)
  return answerId
}

async function endOf(app: App, answerId: string): Promise<Answer | undefined> {
  for await (const events of app.events.subscribe(answerId)) {
    for (const { event } of events) if (event.type === 'answer-finished') return event.answer
  }
  return undefined
}

describe('an answer made ahead', () => {
  test('is given to a call, a stream and a job', () =>
    inTemporaryFolder(async (folder) => {
      const { app, model } = await open(folder)
      const answerId = await makeAhead(app, asked)
      const found = { source: 'cache', value: 'It costs 1 %.', precomputed: { answerId } }
      expect(await app.help.run(asked)).toMatchObject(found)
      const enqueued = await app.help.enqueue(asked)
      expect(await app.answers.get(enqueued.answerId)).toMatchObject({
        state: 'completed',
        answer: { ...found, usage: { inputTokens: 0, outputTokens: 0 } },
      })
      expect(await endOf(app, enqueued.answerId)).toMatchObject(found)
      for await (const event of app.help.stream(asked)) {
        if (event.type === 'answer-finished') expect(event.answer).toMatchObject(found)
      }
      expect(model.calls).toHaveLength(1)
      expect(await app.precomputeLedger()).toMatchObject([
        {
          pipeline: 'help',
          rule: 'requested',
          made: 1,
          used: 1,
          tokens: { spent: 120, used: 120 },
          isStopped: false,
        },
      ])
    }))

  test('is made once for the same input', () =>
    inTemporaryFolder(async (folder) => {
      const { app, model } = await open(folder)
      const answerId = await makeAhead(app, asked)
      expect(await app.help.precompute([asked, asked])).toEqual([
        { outcome: 'known', answerId },
        { outcome: 'known', answerId },
      ])
      expect(model.calls).toHaveLength(1)
    }))

  test('is not given for another input', () =>
    inTemporaryFolder(async (folder) => {
      const { app } = await open(folder)
      await makeAhead(app, asked)
      const other = await app.help.run({ ...asked, message: 'How long does it take?' })
      expect(other).toMatchObject({ source: 'primary' })
    }))

  test('that is old is given and made anew', () =>
    inTemporaryFolder(async (folder) => {
      const { app, model } = await open(folder, { policy: { freshMs: 1, staleMs: 60_000 } })
      const first = await makeAhead(app, asked)
      const stale = await app.help.run(asked)
      expect(stale.precomputed).toMatchObject({ answerId: first, isStale: true })
      const [refresh] = await app.answers.list({ ahead: true, limit: 1 })
      expect(refresh?.id).not.toBe(first)
      await endOf(app, refresh?.id ?? '')
      expect(model.calls).toHaveLength(2)
    }))

  test('by no model is of no use and costs', () =>
    inTemporaryFolder(async (folder) => {
      const { app } = await open(folder, { script: fails({ kind: 'cut' }) })
      const answerId = await makeAhead(app, asked)
      expect(await app.answers.get(answerId)).toMatchObject({
        state: 'failed',
        error: { code: 'NO_ANSWER' },
      })
      expect(await app.help.run(asked)).toMatchObject({ source: 'canned' })
    }))
})

describe('an answer that is being made ahead', () => {
  test('is joined by a request', () =>
    inTemporaryFolder(async (folder) => {
      const slow = says('It costs 1 %.', { chunkMs: 1_000, usage })
      const { app, model, modelClock } = await open(folder, { script: slow })
      const [outcome] = await app.help.precompute(asked)
      for await (const events of app.events.subscribe(outcome?.answerId ?? '')) {
        if (events.some(({ event }) => event.type === 'text-delta')) break
      }
      let text = ''
      for await (const event of app.help.stream(asked)) {
        if (event.type === 'text-delta') {
          text += event.text
          await modelClock.advance(1_000)
        }
        if (event.type === 'answer-finished') {
          expect(event.answer).toMatchObject({ source: 'cache', value: text })
        }
      }
      expect(text).toBe('It costs 1 %.')
      expect(model.calls).toHaveLength(1)
    }))

  test('but waits is left for the request itself', () =>
    inTemporaryFolder(async (folder) => {
      const { app, model } = await open(folder, { concurrency: 0 })
      const [outcome] = await app.help.precompute(asked)
      expect(await app.help.run(asked)).toMatchObject({ source: 'primary' })
      expect(await app.answers.get(outcome?.answerId ?? '')).toMatchObject({ state: 'cancelled' })
      expect(model.calls).toHaveLength(1)
    }))
})

describe('in a conversation', () => {
  test('an answer made ahead is remembered when it is given', () =>
    inTemporaryFolder(async (folder) => {
      const { app } = await open(folder, { memory: true })
      await makeAhead(app, asked)
      const turns = async () => (await app.conversations.readTurns('ann')).length
      expect(await turns()).toBe(0)
      expect(await app.help.run(asked)).toMatchObject({ source: 'cache' })
      expect(await turns()).toBe(2)
    }))

  test('one more turn makes another conversation', () =>
    inTemporaryFolder(async (folder) => {
      const { app } = await open(folder, { memory: true })
      await makeAhead(app, asked)
      await app.help.run({ ...asked, message: 'Hello' })
      expect(await app.help.run(asked)).toMatchObject({ source: 'primary' })
    }))

  test('a deleted user has none left', () =>
    inTemporaryFolder(async (folder) => {
      const { app } = await open(folder, { memory: true })
      const answerId = await makeAhead(app, asked)
      expect(await app.conversations.deleteUser('ann')).toMatchObject({ precomputed: 1 })
      expect(await app.answers.get(answerId)).toBeUndefined()
    }))
})

describe('rules', () => {
  test('what is asked next is foreseen', () =>
    inTemporaryFolder(async (folder) => {
      const next = { ...asked, message: 'And how long does it take?' }
      const after: Policy['after'] = ({ input: { message } }) =>
        message === asked.message ? [next] : []
      const { app } = await open(folder, { policy: { after } })
      await app.help.run(asked)
      await madeBy(app, 'after')
      expect((await app.help.run(next)).precomputed).toMatchObject({ rule: 'after' })
    }))

  test('the order of steps is learned', () =>
    inTemporaryFolder(async (folder) => {
      const learn: Policy['learn'] = {
        session: ({ user }) => user,
        step: ({ message }) => message,
        next: (step, { user }) => ({ user, message: step }),
      }
      const { app } = await open(folder, { policy: { learn } })
      for (const user of ['ann', 'bob', 'cyd']) {
        await app.help.run({ user, message: 'fees' })
        await app.help.run({ user, message: 'limits' })
      }
      // What the calls before have noted is noted beside them.
      await app.help.run({ user: 'dan', message: 'fees' })
      await madeBy(app, 'learned')
      const learned = await app.help.run({ user: 'dan', message: 'limits' })
      expect(learned.precomputed).toMatchObject({ rule: 'learned' })
    }))

  test('a schedule makes its answers at once', () =>
    inTemporaryFolder(async (folder) => {
      const schedule = { everyMs: 60_000, inputs: () => [asked] }
      const { app } = await open(folder, { policy: { schedule } })
      await madeBy(app, 'schedule')
      expect((await app.help.run(asked)).precomputed).toMatchObject({ rule: 'schedule' })
    }))

  test('the tokens of a day are a bound', () =>
    inTemporaryFolder(async (folder) => {
      const { app } = await open(folder, { policy: { tokensPerDay: 120 } })
      await makeAhead(app, asked)
      const other = { ...asked, message: 'Another' }
      expect(await app.help.precompute(other)).toEqual([{ outcome: 'over-budget' }])
    }))

  test('an input that does not fit begins nothing', () =>
    inTemporaryFolder(async (folder) => {
      const { app } = await open(folder)
      const wrong = { user: 'ann' } as Input
      await expect(app.help.precompute([asked, wrong])).rejects.toMatchObject({
        code: 'INVALID_INPUT',
      })
      expect(await app.answers.list({ ahead: true })).toEqual([])
    }))
})

/** Resolves when an answer of the rule has been made and its end is written. */
async function madeBy(app: App, rule: string): Promise<void> {
  for (;;) {
    const ledger = await app.precomputeLedger()
    if (ledger.some((entry) => entry.rule === rule)) break
    await new Promise((resolve) => setImmediate(resolve))
  }
  const records = await app.answers.list({ ahead: true })
  const ahead = records.find(({ id }) => id.startsWith('pre_'))
  await endOf(app, ahead?.id ?? '')
}
