import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { says, scriptedModel } from '../testing/scripted-model.ts'
import { definePipeline } from './definition.ts'
import { createBench } from './pipeline.fixture.ts'

const base = {
  name: 'greet',
  input: z.string(),
  output: 'text' as const,
  deadlineMs: 1_000,
  prompt: ({ input }: { input: string }) => ({ user: input }),
  canned: () => 'Hello.',
}

describe('definePipeline', () => {
  it.each([
    [{ name: 'Greet Me' }, /name is "Greet Me"/],
    [{ deadlineMs: 0 }, /greet\.deadlineMs is 0/],
    [{ deadlineMs: Number.NaN }, /greet\.deadlineMs/],
    [{ corrections: 9 }, /greet\.corrections is 9/],
    [{ jobDeadlineMs: -1 }, /greet\.jobDeadlineMs/],
    [{ memory: { conversation: () => 'c', tokenBudget: 10 } }, /greet\.memory\.tokenBudget is 10/],
    [{ canned: undefined as never }, /greet\.canned.*'none'/],
    [{ prompt: undefined as never }, /exactly one of prompt and run/],
  ])('names the option that cannot work in %j', (change, message) => {
    expect(() => definePipeline({ ...base, ...change })).toThrow(message)
  })

  it('finds a canned answer that does not fit when the application starts', async () => {
    const { prepare, clock } = createBench()
    const wrong = definePipeline({
      ...base,
      output: z.object({ n: z.number().min(1) }),
      models: [scriptedModel({ clock, script: says('x') })],
      canned: () => ({ n: 0 }),
      samples: ['x'],
    })
    await expect(prepare(wrong)).rejects.toThrow(/canned answer of greet does not fit.*n:/)
  })

  it('finds a sample that is no input', async () => {
    const { prepare, clock } = createBench()
    const model = scriptedModel({ clock, script: says('x') })
    const wrong = definePipeline({ ...base, models: [model], samples: [5 as never] })
    await expect(prepare(wrong)).rejects.toThrow(/greet\.samples\[0\]/)
  })

  it('wants at least one model', async () => {
    const { prepare } = createBench()
    await expect(prepare(definePipeline(base))).rejects.toThrow(/greet\.models/)
  })
})
