import { expect, test } from 'vitest'
import { z } from 'zod'
import { definePipeline } from '../pipeline/definition.ts'
import { says, scriptedModel } from '../testing/scripted-model.ts'
import { createTrials } from './trials.ts'

const input = z.object({ user: z.string(), message: z.string() })

function setUp() {
  const model = scriptedModel({ script: says('Yes.') })
  const help = definePipeline({
    name: 'help',
    input,
    output: 'text',
    models: [model],
    deadlineMs: 5_000,
    memory: {
      conversation: ({ user }) => user,
      tokenBudget: 1_000,
      project: ({ step = 'none' }) => `The visitor is at step ${step}.`,
    },
    prompt: ({ input: { message } }) => ({ user: message }),
    canned: () => 'Later.',
  })
  return { model, open: () => createTrials({ pipelines: { help } }) }
}

const asked = { pipeline: 'help', input: { user: 'ann', message: 'Am I done?' } }

test('a recorded conversation is shown with the state that it had', async () => {
  const { model, open } = setUp()
  const trials = await open()
  const turns = [{ role: 'user', content: 'Current state:\nThe visitor is at step 3.' }] as const
  await trials.run({ ...asked, turns })
  const sent = JSON.stringify(model.calls[0]?.request.messages)
  expect(sent).toContain('step 3')
  expect(sent).not.toContain('step none')
  await trials.close()
})

test('a case without a conversation is shown the state of a new one', async () => {
  const { model, open } = setUp()
  const trials = await open()
  await trials.run({ ...asked, turns: [] })
  expect(JSON.stringify(model.calls[0]?.request.messages)).toContain('step none')
  await trials.close()
})
