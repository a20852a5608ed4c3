import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RehearsalServer, startRehearsalServer } from 'holdfast'
import { type AnswerView, applyEvent, createLiveClient, emptyView } from 'holdfast/client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freePort } from '../../../scripts/free-port.ts'
import { type StartedExample, startExample } from '../../../test/start-example.ts'
import { sampleBriefs } from '../samples/briefs.ts'
import type { Article } from '../writing/article.ts'
import type { Brief } from '../writing/brief.ts'
import { expectFaithful } from './faithful.ts'

const brief = sampleBriefs[0]?.brief as Brief
const data = mkdtempSync(join(tmpdir(), 'holdfast-resume-'))
/** The provider outlives the application, and keeps the bill. */
let provider: RehearsalServer
let application: StartedExample
let env: Readonly<Record<string, string>>

beforeAll(async () => {
  provider = await startRehearsalServer({ firstTokenMs: 200, tokensPerSecond: 90 })
  env = {
    PORT: `${await freePort()}`,
    HOLDFAST_DATA: data,
    OPENAI_BASE_URL: provider.baseUrl,
    OPENAI_API_KEY: 'rehearsal',
    OPENAI_MODEL: 'rehearsal-primary',
  }
  application = await startExample('content-generation', env)
})

afterAll(async () => {
  await application?.kill()
  await provider?.close()
  rmSync(data, { recursive: true, force: true })
})

async function killAndStart(): Promise<void> {
  await application.kill()
  application = await startExample('content-generation', env)
}

const sections = ({ steps }: AnswerView<unknown>) =>
  steps.filter(({ step }) => step.startsWith('section-'))

it('an article whose server is killed twice pays for no step twice', async () => {
  const response = await fetch(`${application.url}/desk/articles`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ brief }),
  })
  const { id, answerId } = (await response.json()) as { id: string; answerId: string }
  const client = createLiveClient({ url: application.url })
  let view: AnswerView<unknown> = emptyView
  let kills = 0
  for await (const { event } of client.follow(answerId)) {
    view = applyEvent(view, event)
    const allWriting =
      sections(view).length === 4 && sections(view).every(({ text }) => text !== '')
    const isReviewed = view.steps.some(({ step }) => step === 'review')
    // In the middle of four sentences, and again when all sections are drafted.
    if ((kills === 0 && allWriting) || (kills === 1 && isReviewed && view.run > 1)) {
      kills++
      await killAndStart()
    }
    // What was drafted before the crash is shown again, though nobody writes it again.
    if (kills === 2 && view.run > 2 && isReviewed) {
      expect(
        sections(view).every(({ text, durationMs }) => text !== '' && durationMs !== undefined),
      ).toBe(true)
    }
  }
  client.close()
  expect(kills).toBe(2)
  expect(view.run).toBeGreaterThanOrEqual(3)

  const found = await fetch(`${application.url}/v1/answers/${answerId}`)
  const { answer } = (await found.json()) as { answer: { value: Article } }
  const article = answer.value
  expect(article.status).toBe('complete')
  expectFaithful(article, brief)
  await provider.idle()
  const { log } = provider.requests
  const answered = log.filter(({ outcome }) => outcome === 'answered')
  // One whole answer for each step, and nothing else but what the two crashes broke off.
  expect(answered.length).toBe(Object.keys(article.work).length)
  expect(log.length - answered.length).toBeLessThanOrEqual(4 + 1)
  const status = await fetch(`${application.url}/desk/articles/${id}`)
  expect(await status.json()).toMatchObject({ state: 'complete', versions: [answerId] })
  // What the crashes broke off counts as spent in full.
  const tokens = log.reduce((sum, each) => sum + each.inputTokens + each.outputTokens, 0)
  expect(article.report.spent.tokens).toBeGreaterThanOrEqual(tokens)
})
