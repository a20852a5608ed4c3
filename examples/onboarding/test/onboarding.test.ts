import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHoldfast, createLogger, rehearsal, startRehearsalServer } from 'holdfast'
import {
  createVirtualClock,
  pipelineSubject,
  runDrill,
  says,
  scenarios,
  scriptedModel,
} from 'holdfast/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { runLoad } from '../load/visitors.ts'
import { createOnboarding } from '../onboarding.ts'
import { topics } from '../topics.ts'

function dataFolder(): string {
  const data = mkdtempSync(join(tmpdir(), 'holdfast-onboarding-'))
  onTestFinished(() => rmSync(data, { recursive: true, force: true }))
  return data
}

describe('what a model sees', () => {
  it('is the step of the sign-up, and nothing private', async () => {
    const reply = { intent: 'inquiry', urgency: 0, reply: 'Yes.', followUps: [] }
    const model = scriptedModel({ script: says(JSON.stringify(reply)) })
    const app = await createHoldfast({
      pipelines: { onboarding: createOnboarding([model]) },
      data: dataFolder(),
      logger: createLogger('silent'),
    })
    onTestFinished(() => app.close())
    const state = { email: 'ann@example.com', country: 'Italy', step: 'ready', limit: 1_000 }
    await app.conversations.mergeState('ann', { ...state, passport: 'X1234567' })
    await app.onboarding.run({ userId: 'ann', message: 'Am I done?' })
    const seen = JSON.stringify(model.calls.map(({ request }) => request))
    expect(seen).toContain('may exchange 1000 euros a day')
    expect(seen).toContain('Italy')
    for (const secret of ['ann@example.com', 'X1234567']) expect(seen).not.toContain(secret)
  })
})

describe('visitors in a row', () => {
  it('teach what is asked next', async () => {
    const provider = await startRehearsalServer({ firstTokenMs: 1, tokensPerSecond: 5_000 })
    const model = rehearsal(provider, { model: 'rehearsal-primary' })
    const app = await createHoldfast({
      pipelines: { onboarding: createOnboarding([model]) },
      data: dataFolder(),
      logger: createLogger('silent'),
    })
    onTestFinished(async () => {
      await app.close()
      await provider.close()
    })
    for (const userId of ['ann', 'bob', 'cyd']) {
      await app.onboarding.run({ userId, message: topics.security })
      await app.onboarding.run({ userId, message: topics.person })
    }
    await app.onboarding.run({ userId: 'dan', message: topics.security })
    await expect
      .poll(async () => (await app.precomputeLedger()).some(({ rule }) => rule === 'learned'))
      .toBe(true)
  })
})

describe('fifty visitors at once', () => {
  it('are all answered, while a worker is killed and the primary is down', async () => {
    const report = await runLoad({ visitors: 50, messages: 2, trouble: true })
    expect(report.answered).toHaveLength(100)
    expect(report.sources.canned ?? 0).toBe(0)
    expect(report.sources.fallback).toBeGreaterThan(30)
    for (const { value } of report.answers) {
      expect(value).toMatchObject({ reply: expect.stringMatching(/\S/) })
    }
  }, 90_000)
})

describe('a drill', () => {
  it.each(scenarios.map((scenario) => [scenario.name, scenario] as const))(
    'of %s has no silent, wrong or late answer',
    async (_name, scenario) => {
      const report = await runDrill({
        subject: pipelineSubject(createOnboarding()),
        scenario,
        clock: createVirtualClock(),
        requests: 60,
      })
      expect(report.passed).toBe(true)
      expect(report.useful).toBe(60)
    },
  )
})
