import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { countMessage, loadTokenizer } from '../context/count-tokens.ts'
import type { Message } from '../model/message.ts'
import { fails, type Script, says, scriptedModel } from '../testing/scripted-model.ts'
import { definePipeline } from './definition.ts'
import { createBench } from './pipeline.fixture.ts'
import { summarise } from './summarise.ts'

beforeAll(loadTokenizer)

const record = (fact: string, firstMs = 0) =>
  says(JSON.stringify({ facts: [fact], decisions: [], openQuestions: [], preferences: [] }), {
    firstMs,
  })

const errorText = says('Error generating summary: Error: 429 rate limited')
const hang: Script = [{ type: 'hang' }]
const away = fails({ kind: 'cut' })

/** A conversation of 40 turns, and a way to have parts of it summarised by a scripted model. */
async function setUp(script: Script | readonly Script[]) {
  const { clock, store, prepare } = createBench()
  const model = scriptedModel({ clock, script })
  const pipeline = await prepare(
    definePipeline({
      name: 'chat',
      input: z.object({ message: z.string() }),
      output: 'text',
      models: [model],
      deadlineMs: 8_000,
      memory: { conversation: () => 'c1', tokenBudget: 2_000 },
      prompt: ({ input }) => ({ user: input.message }),
      canned: () => 'Later.',
    }),
  )
  const turns = Array.from({ length: 40 }, (_, at) => {
    const content = `Crate ${at} with apples from the northern orchard was weighed and sealed today.`
    const message: Message = { role: at % 2 === 0 ? 'user' : 'assistant', content }
    return { message, createdAtMs: 0, tokens: countMessage(message) }
  })
  await store.conversations.append('c1', turns)
  const task = (toSeq: number) => ({
    pipeline: 'chat',
    conversationId: 'c1',
    fromSeq: 1,
    toSeq,
  })
  const run = async (toSeq: number, triesAgain = false) => {
    const work = summarise(pipeline, task(toSeq), { triesAgain })
    // Retries and the deadline of a summary pass in fake time.
    const settled = Promise.allSettled([work])
    await clock.advance(70_000)
    await settled
    return work
  }
  const summaries = async () => (await store.conversations.exportConversation('c1')).summaries
  const ranges = async () =>
    (await summaries()).map(({ fromSeq, toSeq, writtenBy }) => [fromSeq, toSeq, writtenBy])
  return { model, store, pipeline, clock, task, run, summaries, ranges }
}

describe('summarise', () => {
  it('records the range that it covers and who wrote it', async () => {
    const { run, ranges, summaries } = await setUp(record('Crates of apples were sealed.'))
    await run(20)
    expect(await ranges()).toEqual([[1, 20, 'scripted/scripted-1']])
    expect((await summaries())[0]?.text).toContain('Crates of apples were sealed.')
  })

  it('goes on where the newest summary ends, and shows it to the model', async () => {
    const { run, ranges, model } = await setUp([
      record('The first crates were sealed.'),
      record('All crates were sealed.'),
    ])
    await run(20)
    await run(36)
    const [, second] = model.calls
    const shown = second?.request.messages.at(-1)?.content ?? ''
    expect(shown).toContain('The first crates were sealed.')
    expect(shown).toContain('Crate 20 ')
    expect(shown).not.toContain('Crate 19 ')
    expect((await ranges()).map(([from, to]) => [from, to])).toEqual([
      [1, 20],
      [1, 36],
    ])
  })

  it('asks nothing for turns that are covered or gone', async () => {
    const { run, model, store } = await setUp(record('Crates were sealed.'))
    await run(20)
    await run(20)
    await run(12)
    expect(model.calls).toHaveLength(1)
    await store.conversations.deleteConversation('c1')
    await run(30)
    expect(model.calls).toHaveLength(1)
  })

  it.each([
    ['an error text', errorText],
    ['an empty record', record('  ')],
    ['a record longer than its source', record('word '.repeat(2_000))],
    ['a failing model', away],
    ['a model that hangs', hang],
  ])('changes nothing with %s and is tried again', async (_, script) => {
    const { run, ranges } = await setUp(script)
    await expect(run(20, true)).rejects.toMatchObject({ code: 'NO_ANSWER' })
    expect(await ranges()).toEqual([])
  })

  it('refuses a record that contradicts a pin', async () => {
    const { run, ranges, store } = await setUp(record('The orchard is not for sale.'))
    const text = 'The orchard is for sale.'
    await store.conversations.setPin('c1', 'sale', { text, tokens: { ascii: 6, other: 0 } })
    await expect(run(20, true)).rejects.toMatchObject({ code: 'NO_ANSWER' })
    expect(await ranges()).toEqual([])
  })

  it('takes sentences of the turns at the last try', async () => {
    const { run, ranges, summaries } = await setUp(errorText)
    await run(20)
    expect(await ranges()).toEqual([[1, 20, 'extractive']])
    expect((await summaries())[0]?.text).not.toContain('429')
  })

  it('adds one of two that run at once, and sends no turn into a second', async () => {
    const { clock, pipeline, task, ranges } = await setUp([
      record('One crate was sealed.', 400),
      record('Crates were sealed.'),
    ])
    const both = Promise.all([
      summarise(pipeline, task(20), { triesAgain: true }),
      summarise(pipeline, task(24), { triesAgain: true }),
    ])
    await clock.advance(5_000)
    await both
    expect((await ranges()).map(([from, to]) => [from, to])).toEqual([[1, 24]])
  })

  it('adds nothing to a conversation that was begun anew meanwhile', async () => {
    const { clock, pipeline, task, store, ranges } = await setUp(record('Crates.', 400))
    const work = summarise(pipeline, task(20), { triesAgain: true })
    await clock.advance(100)
    await store.conversations.deleteConversation('c1')
    const message: Message = { role: 'user', content: 'Of something else.' }
    const turn = { message, createdAtMs: 9, tokens: countMessage(message) }
    await store.conversations.append('c1', Array(30).fill(turn))
    await clock.advance(5_000)
    await work
    expect(await ranges()).toEqual([])
  })

  it('stops with its signal and leaves no request open', async () => {
    const { clock, pipeline, task, model, ranges } = await setUp(hang)
    const stop = new AbortController()
    const work = summarise(pipeline, task(20), { signal: stop.signal, triesAgain: false })
    const settled = Promise.allSettled([work])
    await clock.advance(1_000)
    stop.abort(new DOMException('Closed.', 'AbortError'))
    await clock.advance(1_000)
    await settled
    await expect(work).rejects.toMatchObject({ name: 'AbortError' })
    expect(model.open).toBe(0)
    expect(await ranges()).toEqual([])
  })
})
