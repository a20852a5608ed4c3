import { expect, it } from 'vitest'
import { z } from 'zod'
import { definePipeline } from '../pipeline/definition.ts'
import { createFakeClock } from '../testing/fake-clock.ts'
import { says, scriptedModel } from '../testing/scripted-model.ts'
import { pipelineSubject } from './pipeline-subject.ts'

it('drills a pipeline with a budget on models without a price', async () => {
  const clock = createFakeClock()
  const subject = pipelineSubject(
    definePipeline({
      name: 'priced',
      input: z.string(),
      output: 'text',
      deadlineMs: 1_000,
      maxOutputTokens: 10,
      budget: { usd: 0.01 },
      prompt: ({ input }) => ({ user: input }),
      canned: 'none',
      samples: ['x'],
    }),
  )
  const models = [scriptedModel({ clock, id: 'primary', script: says('Yes.') })]
  const started = await subject.start({ models, baseUrls: [], clock, random: () => 0.5 })
  expect(await started.run('x')).toMatchObject({ source: 'primary', value: 'Yes.' })
})
