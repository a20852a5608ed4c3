import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { isHoldfastError } from '../base/errors.ts'
import { countTokens } from '../context/count-tokens.ts'
import { sumTokens } from '../context/token-count.ts'
import { fails, says, scriptedModel } from '../testing/scripted-model.ts'
import { definePipeline } from './definition.ts'
import { createBench, triage } from './pipeline.fixture.ts'

const good = '{"intent":"exchange","reply":"Yes, you can."}'
const usage = { inputTokens: 10, outputTokens: 5 }
const unavailable = { kind: 'http', status: 503, headers: {}, body: '' } as const

describe('runPipeline', () => {
  it('gives a typed answer of the primary model with its accounts', async () => {
    const { run, clock } = createBench()
    const model = scriptedModel({ clock, script: says(good, { usage }) })
    const answer = await run(triage([model]), { message: 'swap?' })
    expect(answer).toMatchObject({
      id: 'ans_1',
      value: { intent: 'exchange', reply: 'Yes, you can.' },
      source: 'primary',
      degraded: false,
      usage,
      mended: [],
      warnings: [],
    })
    expect(answer.attempts).toMatchObject([{ attempt: 1, why: 'first', outcome: 'ok' }])
  })

  it('shows the fields of the answer while they grow, and ends with the answer', async () => {
    const { run, clock, events, types } = createBench()
    const model = scriptedModel({ clock, script: says(good, { chunkLength: 8 }) })
    await run(triage([model]), { message: 'swap?' })
    expect(types()[0]).toBe('answer-started')
    expect(types().at(-1)).toBe('answer-finished')
    const reply = events.flatMap((event) =>
      event.type === 'field-delta' && event.path[0] === 'reply' ? [event.text] : [],
    )
    expect(reply.join('')).toBe('Yes, you can.')
    expect(events).toContainEqual({ type: 'field', path: ['intent'], value: 'exchange' })
  })

  it('falls back when the primary is down, and says why', async () => {
    const { run, clock } = createBench()
    const primary = scriptedModel({ clock, id: 'a', script: fails(unavailable) })
    const fallback = scriptedModel({ clock, id: 'b', script: says(good, { usage }) })
    const running = run(triage([primary, fallback]), { message: 'swap?' })
    await clock.advance(2_000)
    const answer = await running
    expect(answer).toMatchObject({ source: 'fallback', degraded: true, model: { id: 'b' } })
    expect(answer.reason?.code).toBe('overloaded')
  })

  it('gives the canned answer when no model answers', async () => {
    const { run, clock, types } = createBench()
    const down = scriptedModel({
      clock,
      script: fails({ kind: 'network', code: 'ECONNREFUSED', sent: false }),
    })
    const running = run(triage([down]), { message: 'swap?' })
    await clock.advance(8_000)
    const answer = await running
    expect(answer).toMatchObject({
      source: 'canned',
      degraded: true,
      value: { intent: 'support', reply: 'A person will answer.' },
      reason: { code: 'network' },
    })
    expect(types().at(-1)).toBe('answer-finished')
  })

  it('gives the canned answer before the deadline when a model hangs', async () => {
    const { run, clock } = createBench()
    const hanging = scriptedModel({ clock, script: [{ type: 'hang' }], ignoresAbort: true })
    const startedAt = clock.now()
    let endedAt = 0
    const running = run(triage([hanging]), { message: 'swap?' }).then((answer) => {
      endedAt = clock.now()
      return answer
    })
    await clock.advance(10_000)
    expect((await running).source).toBe('canned')
    expect(endedAt - startedAt).toBeLessThanOrEqual(8_000)
    expect(clock.pendingTimers).toBe(0)
  })

  it('sends an answer that does not fit back with what is wrong', async () => {
    const { run, clock, types } = createBench()
    const model = scriptedModel({
      clock,
      script: [says('{"reply":"x","intent":"lottery"}', { usage }), says(good, { usage })],
    })
    const answer = await run(triage([model]), { message: 'swap?' })
    expect(answer.source).toBe('primary')
    expect(answer.attempts).toMatchObject([
      { why: 'first', outcome: 'invalid-output', detail: expect.stringContaining('intent') },
      { why: 'correction', outcome: 'ok' },
    ])
    expect(model.calls[1]?.request.messages.at(-1)?.content).toContain('intent')
    expect(types()).toContain('reset')
  })

  it('stops paying at the first word that no valid answer can have', async () => {
    const { run, clock } = createBench()
    const hopeless = `{"intent":"lottery","reply":"${'word '.repeat(500)}"}`
    const model = scriptedModel({
      clock,
      script: [says(hopeless, { chunkLength: 10, chunkMs: 1 }), says(good)],
    })
    const running = run(triage([model]), { message: 'swap?' })
    await clock.advance(1_000)
    expect((await running).source).toBe('primary')
    expect(model.calls[0]?.state).toBe('aborted')
    expect(model.calls[0]?.pulled).toBeLessThan(10)
  })

  it('sends back a reply that is no JSON at all', async () => {
    const { run, clock } = createBench()
    const model = scriptedModel({ clock, script: [says('Sure, happy to help.'), says(good)] })
    const answer = await run(triage([model]), { message: 'swap?' })
    expect(answer.attempts.map(({ why }) => why)).toEqual(['first', 'correction'])
    expect(answer.source).toBe('primary')
  })

  it('asks the fallback when corrections are used up, and stops there', async () => {
    const { run, clock } = createBench()
    const stubborn = scriptedModel({
      clock,
      id: 'a',
      script: says('{"intent":"lottery","reply":"x"}'),
    })
    const useless = scriptedModel({ clock, id: 'b', script: says('[]') })
    const answer = await run(triage([stubborn, useless]), { message: 'swap?' })
    expect(answer).toMatchObject({ source: 'canned', reason: { code: 'invalid-output' } })
    expect(answer.attempts.length).toBeLessThanOrEqual(4)
  })

  it('gives the canned answer at once when the breakers are open', async () => {
    const { clock, prepare, start } = createBench()
    const down = (id: string) => scriptedModel({ clock, id, script: fails(unavailable) })
    const models = [down('a'), down('b')]
    const run = start(await prepare(triage(models)))
    const outage = Promise.all(Array.from({ length: 20 }, () => run({ message: 'swap?' })))
    await clock.advance(8_000)
    await outage
    const again = run({ message: 'swap?' })
    await clock.advance(8_000)
    await again
    const sources: string[] = []
    const running = Array.from({ length: 50 }, async () => {
      sources.push((await run({ message: 'swap?' })).source)
    })
    // The clock stands still: only the few calls that test whether a model is back may wait.
    await clock.advance(0)
    expect(sources.length).toBeGreaterThanOrEqual(45)
    await clock.advance(8_000)
    await Promise.all(running)
    expect(sources).toEqual(Array(50).fill('canned'))
  })

  it('rejects bad input by path before it asks anybody', async () => {
    const { run, clock } = createBench()
    const model = scriptedModel({ clock, script: says(good) })
    const error = await run(triage([model]), { message: '' }).catch((thrown: unknown) => thrown)
    expect(isHoldfastError(error, 'INVALID_INPUT') && error.data.issues[0]?.path).toBe('message')
    expect(model.calls).toEqual([])
  })

  it('rejects with the reason of the caller and leaves nothing behind', async () => {
    const { run, clock } = createBench()
    const model = scriptedModel({ clock, script: [{ type: 'hang' }] })
    const caller = new AbortController()
    const running = run(triage([model]), { message: 'swap?' }, { abortSignal: caller.signal })
    const outcome = running.catch((reason: unknown) => reason)
    await clock.advance(10)
    caller.abort('went away')
    expect(await outcome).toBe('went away')
    expect([model.open, clock.pendingTimers]).toEqual([0, 0])
  })

  it('throws the failure itself where the pipeline has no canned answer', async () => {
    const { run, clock } = createBench()
    const down = scriptedModel({
      clock,
      script: fails({ kind: 'network', code: 'ENOTFOUND', sent: false }),
    })
    const bare = definePipeline({
      name: 'bare',
      input: z.string(),
      output: 'text',
      models: [down],
      deadlineMs: 1_000,
      prompt: ({ input }) => ({ user: input }),
      canned: 'none',
    })
    const running = run(bare, 'x').catch((error: unknown) => error)
    await clock.advance(1_000)
    expect(isHoldfastError(await running, 'NO_ANSWER')).toBe(true)
  })

  it('gives the canned answer when the prompt itself is broken', async () => {
    const { run, clock } = createBench()
    const broken = definePipeline({
      name: 'broken',
      input: z.string(),
      output: 'text',
      models: [scriptedModel({ clock, script: says('x') })],
      deadlineMs: 1_000,
      prompt: () => {
        throw new TypeError('a bug of the application')
      },
      canned: () => 'canned',
    })
    expect(await run(broken, 'x')).toMatchObject({ source: 'canned', reason: { code: 'unknown' } })
  })

  it('never counts one answer twice when a thousand run at once', async () => {
    const { run, clock } = createBench()
    const model = scriptedModel({
      clock,
      script: ({ request }) =>
        says(JSON.stringify({ intent: 'support', reply: request.messages.at(-1)?.content })),
    })
    const pipeline = triage([model])
    const messages = Array.from({ length: 1_000 }, (_, index) => `message ${index}`)
    const answers = await Promise.all(messages.map((message) => run(pipeline, { message })))
    expect(answers.map(({ value }) => (value as { reply: string }).reply)).toEqual(messages)
  })
})

describe('memory', () => {
  const chat = (model: ReturnType<typeof scriptedModel>) =>
    definePipeline({
      name: 'chat',
      input: z.object({ user: z.string(), message: z.string() }),
      output: 'text',
      models: [model],
      deadlineMs: 8_000,
      memory: {
        conversation: ({ user }) => user,
        tokenBudget: 2_000,
        project: ({ step }) => (step === undefined ? undefined : `Step: ${step}`),
        updateState: ({ state }) => ({ step: Number(state.step ?? 0) + 1, secret: 'IBAN' }),
      },
      prompt: ({ input }) => ({ system: 'Be kind.', user: input.message }),
      canned: () => 'Later.',
    })

  it('remembers both sides and sends them with the next message', async () => {
    const { run, clock } = createBench()
    const model = scriptedModel({ clock, script: [says('Hello Ada.'), says('You are Ada.')] })
    await run(chat(model), { user: 'u1', message: 'I am Ada.' }, { answerId: 'a1' })
    await run(chat(model), { user: 'u1', message: 'Who am I?' }, { answerId: 'a2' })
    const texts = model.calls[1]?.request.messages.map(({ content }) => content)
    expect(texts).toEqual(expect.arrayContaining(['I am Ada.', 'Hello Ada.']))
    expect(texts?.at(-1)).toContain('Who am I?')
  })

  it('shows the model of the working state only what is projected', async () => {
    const { run, clock } = createBench()
    const model = scriptedModel({ clock, script: says('Hello.') })
    await run(chat(model), { user: 'u1', message: 'a' }, { answerId: 'a1' })
    await run(chat(model), { user: 'u1', message: 'b' }, { answerId: 'a2' })
    const sent = JSON.stringify(model.calls[1]?.request)
    expect(sent).toContain('Step: 1')
    expect(sent).not.toContain('IBAN')
  })

  it('remembers an exchange once however often its run is repeated', async () => {
    const { run, clock, store } = createBench()
    const model = scriptedModel({ clock, script: says('Hello.') })
    await run(chat(model), { user: 'u1', message: 'a' }, { answerId: 'a1', runNumber: 1 })
    await run(chat(model), { user: 'u1', message: 'a' }, { answerId: 'a1', runNumber: 2 })
    const memory = await store.conversations.readMemory('u1', 10)
    expect(memory.totalTurns).toBe(2)
    expect(memory.workingState.value.step).toBe(1)
  })

  it('keeps tokens flat and old facts in reach however long the conversation', async () => {
    const { clock, store, prepare, start } = createBench()
    const model = scriptedModel({
      clock,
      script: ({ request }) =>
        request.output?.type === 'json'
          ? fails({ kind: 'cut' })
          : says('I see, tell me more about it.'),
    })
    const prepared = await prepare(chat(model))
    const run = start(prepared, (turn) => `a${turn}`)
    const say = async (message: string) => {
      const running = run({ user: 'u1', message })
      await clock.advance(2_000)
      await running
      await Promise.all(prepared.background)
    }
    await say('My dog is called Rufus and he is afraid of thunder.')
    for (let turn = 0; turn < 60; turn++) {
      await say(
        `Message ${turn}: the weather in town ${turn} is fine, and lunch was rice with beans again.`,
      )
    }
    await say('What is my dog called?')
    const asked = model.calls.filter(({ request }) => request.output?.type !== 'json').at(-1)
    const sent = JSON.stringify(asked?.request.messages)
    expect(sent).toContain('Rufus')
    expect(sumTokens(countTokens(sent))).toBeLessThan(2_000)
    const { historySummary } = await store.conversations.readMemory('u1', 10)
    expect(historySummary?.writtenBy).toBe('extractive')
  })

  it('recalls what the application finds by meaning', async () => {
    const { clock, prepare, start } = createBench()
    const model = scriptedModel({ clock, script: says('I see.') })
    const { definition } = chat(model)
    const asked: string[] = []
    const memory = {
      conversation: () => 'u1',
      tokenBudget: 2_000,
      nearest: async ({ message }: { message: string }) => {
        asked.push(message)
        return [1]
      },
    }
    const prepared = await prepare({ name: 'chat', definition: { ...definition, memory } })
    const run = start(prepared, (turn) => `a${turn}`)
    for (const message of [
      'Our feline naps all day.',
      ...Array.from({ length: 70 }, (_, at) => `Lunch number ${at} was rice with beans again.`),
      'How is the kitten?',
    ]) {
      const running = run({ user: 'u1', message })
      await clock.advance(2_000)
      await running
      await Promise.all(prepared.background)
    }
    const last = model.calls.findLast(({ request }) => request.output?.type !== 'json')
    const recalled = last?.request.messages.at(-2)?.content
    expect(recalled).toContain('Our feline naps all day.')
    expect(asked.at(-1)).toBe('How is the kitten?')
  })

  it('tells what its context consists of, on the answer', async () => {
    const { run, clock } = createBench()
    const model = scriptedModel({ clock, script: says('Hello.') })
    const { context } = await run(chat(model), { user: 'u1', message: 'a' })
    expect(context).toMatchObject({ budget: 2_000, reserve: 400, recalled: 0 })
    expect(context?.system).toBeGreaterThan(0)
    expect(context?.total).toBeGreaterThan(context?.system ?? 0)
    expect(await run(triage([model]), { message: 'a' })).not.toHaveProperty('context')
  })

  it('sets the most output tokens to what the budget leaves', async () => {
    const { run, clock } = createBench()
    const model = scriptedModel({ clock, script: says('Hello.') })
    await run(chat(model), { user: 'u1', message: 'a' })
    const most = model.calls[0]?.request.maxOutputTokens ?? 0
    expect(most).toBeGreaterThanOrEqual(400)
    expect(most).toBeLessThan(2_000)
  })
})
