import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { loadTokenizer } from '../context/count-tokens.ts'
import { says, scriptedModel } from '../testing/scripted-model.ts'
import { definePipeline } from './definition.ts'
import { createBench } from './pipeline.fixture.ts'
import { summarise } from './summarise.ts'
import type { SummaryQueue, SummaryTask } from './summary-task.ts'

beforeAll(loadTokenizer)

const record = says(
  JSON.stringify({
    facts: ['Crates were weighed.'],
    decisions: [],
    openQuestions: [],
    preferences: [],
  }),
)

/** A chat in which each message is numbered, with the turns that summaries were asked for. */
async function chat(summaries?: SummaryQueue) {
  const { clock, store, prepare, start } = createBench(summaries && { summaries })
  const model = scriptedModel({
    clock,
    script: ({ request }) =>
      request.output?.type === 'json' ? record : says('Noted, the crate is in the northern shed.'),
  })
  const pipeline = await prepare(
    definePipeline({
      name: 'chat',
      input: z.object({ message: z.string() }),
      output: 'text',
      models: [model],
      deadlineMs: 8_000,
      memory: { conversation: () => 'c1', tokenBudget: 1_500 },
      prompt: ({ input }) => ({ user: input.message }),
      canned: () => 'Later.',
    }),
  )
  const run = start(pipeline, (turn) => `a${turn}`)
  const say = async (count: number) => {
    for (let at = 0; at < count; at++) {
      const running = run({ message: `Crate number${at} was weighed and sealed before noon.` })
      await clock.advance(100)
      await running
      if (!summaries) await Promise.all(pipeline.background)
    }
  }
  const summarised = () =>
    model.calls
      .filter(({ request }) => request.output?.type === 'json')
      .flatMap(({ request }) => request.messages.at(-1)?.content.match(/number\d+/g) ?? [])
  return { say, summarised, pipeline, store, clock }
}

describe('summariseLater', () => {
  it('sends each turn to a summariser once', async () => {
    const { say, summarised } = await chat()
    await say(120)
    const asked = summarised()
    expect(asked.length).toBeGreaterThan(60)
    expect(asked).toEqual([...new Set(asked)])
  })

  it('hands each range to the queue and waits for none', async () => {
    const tasks: SummaryTask[] = []
    const { say } = await chat({
      add: (task) => {
        tasks.push(task)
        return new Promise(() => {})
      },
    })
    await say(60)
    expect(tasks).toEqual([
      { pipeline: 'chat', conversationId: 'c1', fromSeq: 1, toSeq: expect.any(Number) },
    ])
  })

  it('plans what was lost with the next message, and goes on once it is made', async () => {
    const tasks: SummaryTask[] = []
    const { say, pipeline, clock } = await chat({ add: async (task) => void tasks.push(task) })
    await say(50)
    expect(tasks.length).toBeGreaterThan(1)
    expect(new Set(tasks.map(({ fromSeq }) => fromSeq))).toEqual(new Set([1]))
    const last = tasks.at(-1)
    if (!last) return
    const work = summarise(pipeline, last, { triesAgain: true })
    await clock.advance(100)
    await work
    await say(30)
    expect(tasks.at(-1)?.fromSeq).toBe(last.toSeq + 1)
  })
})
