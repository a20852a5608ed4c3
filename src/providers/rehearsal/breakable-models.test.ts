import { expect, onTestFinished, test } from 'vitest'
import { isModelFault } from '../../model/fault.ts'
import { type Breakage, openBreakableModels } from './breakable-models.ts'

const request = { messages: [{ role: 'user', content: 'Hello' }] } as const
const attempt = () => ({ signal: new AbortController().signal })

async function open() {
  const models = await openBreakableModels({ firstTokenMs: 0, tokensPerSecond: 10_000 })
  onTestFinished(() => models.close())
  return models
}

test('works until it is broken, and again when it is mended', async () => {
  const { models, ...control } = await open()
  const [primary] = models
  expect((await primary.generate(request, attempt())).text).not.toBe('')
  control.break('primary', 'outage')
  await expect(primary.generate(request, attempt())).rejects.toSatisfy(isModelFault)
  control.break('primary', 'works')
  expect((await primary.generate(request, attempt())).finishReason).toBe('stop')
})

test('each is broken by itself', async () => {
  const { models, ...control } = await open()
  control.break('primary', 'garbage')
  expect((await models[1].generate(request, attempt())).finishReason).toBe('stop')
  control.break('fallback', 'rate-limit')
  await expect(models[1].generate(request, attempt())).rejects.toMatchObject({
    evidence: { kind: 'http', status: 429 },
  })
  expect(control.state).toEqual({ primary: 'garbage', fallback: 'rate-limit' })
})

test('what is no breakage is named with those there are', async () => {
  const control = await open()
  expect(() => control.break('primary', 'smoke' as Breakage)).toThrow(
    expect.objectContaining({ code: 'INVALID_CONFIG', message: expect.stringMatching(/outage/) }),
  )
  expect(control.breakages[0]).toBe('works')
})
