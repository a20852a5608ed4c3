import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { z } from 'zod'
import { chromiumFlags } from '../scripts/chromium.ts'
import { createHoldfast } from '../src/app/create-holdfast.ts'
import type { HoldfastParts } from '../src/app/holdfast.ts'
import { definePipeline } from '../src/pipeline/definition.ts'
import { type RunningServer, startServer } from '../src/server/start-server.ts'
import { createLogger } from '../src/telemetry/logger.ts'
import { createFakeClock } from '../src/testing/fake-clock.ts'
import { fails, says, scriptedModel } from '../src/testing/scripted-model.ts'

/** The page of the calls in a real browser, as the build has made it. */

const folder = mkdtempSync(join(tmpdir(), 'holdfast-studio-'))
const pages = { '/studio/': join(import.meta.dirname, '../dist/studio') }
/** The models go on when the test says so. */
const clock = createFakeClock()
let app: HoldfastParts
let server: RunningServer
let browser: Browser
let page: Page

beforeAll(async () => {
  const text = `Dear customer, ${'your parcel is on its way to you. '.repeat(30)} Write to jane.roe@example.com.`
  const advice = definePipeline({
    name: 'advice',
    input: z.object({ message: z.string() }),
    output: 'text',
    models: [
      scriptedModel({
        clock,
        provider: 'lab',
        id: 'primary-1',
        script: fails({ kind: 'http', status: 503, headers: {}, body: '' }, 20),
      }),
      scriptedModel({
        clock,
        provider: 'lab',
        id: 'fallback-1',
        script: says(text, {
          firstMs: 400,
          chunkMs: 10,
          chunkLength: 8,
          usage: { inputTokens: 120, outputTokens: 240 },
        }),
      }),
    ],
    deadlineMs: 60_000,
    policy: { retries: { perModel: 0 } },
    prompt: ({ input }) => ({ system: 'Advise.', user: input.message }),
    canned: () => 'A person will answer.',
  })
  app = await createHoldfast({
    pipelines: { advice },
    data: join(folder, 'data'),
    logger: createLogger('silent'),
  })
  server = await startServer({ app, port: 0, pages })
  browser = await chromium.launch({ executablePath: inject('chromium'), args: chromiumFlags })
  page = await browser.newPage({ viewport: { width: 1_360, height: 900 } })
  await page.goto(`${server.url}/studio/`)
  await page.getByText('live, sanitised').waitFor()
})

afterAll(async () => {
  await browser?.close()
  await server?.close()
  await app?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Moves the models' time on until `isDone`; what they say then takes its way through the process. */
async function advanceUntil(isDone: () => Promise<boolean>, stepMs = 50): Promise<void> {
  while (!(await isDone())) await clock.advance(stepMs)
}

describe('the studio', () => {
  let call: Promise<unknown>

  it('shows a call while it is made, and its text without what is private', async () => {
    call = runAdvice()
    const row = page.getByRole('navigation').getByRole('link', { name: 'advice' })
    await row.getByText('running').waitFor()
    await row.click()
    const trace = page.getByRole('region', { name: 'llm.call advice' })
    await trace.getByText('primary-1').first().waitFor()
    await advanceUntil(() => trace.getByRole('button', { name: /^chat fallback-1/ }).isVisible())
    await trace.getByText('fallback', { exact: true }).first().waitFor()
    await advanceUntil(() => trace.getByText('Dear customer, your parcel').isVisible())
    expect(await trace.locator('.chip.running').isVisible()).toBe(true)
  })

  it('shows what came of it when it has ended', async () => {
    const row = page.getByRole('navigation').getByRole('link', { name: 'advice' })
    await advanceUntil(async () => !(await row.getByText('running').isVisible()), 500)
    await call
    const trace = page.getByRole('region', { name: 'llm.call advice' })
    await trace.locator('.chip.fallback').waitFor()
    await trace.getByText('120 → 240').waitFor()
    await trace.getByText('until the first token').waitFor()
    await trace.locator('.message.user').getByText('CREDIT_CARD_1').waitFor()
    await trace.locator('.message.assistant mark').getByText('EMAIL_1').waitFor()
    const text = (await page.textContent('body')) ?? ''
    expect(text).not.toMatch(/jane\.roe|4111/)
  })

  it('finds calls by where their answer came from', async () => {
    const list = page.getByRole('navigation')
    await list.getByRole('button', { name: 'primary' }).click()
    await list.getByText('No such call yet.').waitFor()
    await list.getByRole('button', { name: 'fallback' }).click()
    await list.getByRole('link', { name: 'advice' }).waitFor()
  })

  it('asks for the key where the server wants one', async () => {
    const closed = await startServer({ app, port: 0, pages, apiKey: 'k3y' })
    const other = await browser.newPage()
    await other.goto(`${closed.url}/studio/`)
    await other.getByLabel('Key').fill('k3y')
    await other.getByRole('button', { name: 'Open' }).click()
    await other.getByText('live, sanitised').waitFor()
    await other.getByRole('link', { name: 'advice' }).waitFor()
    await other.close()
    await closed.close()
  })
})

function runAdvice(): Promise<unknown> {
  const pipeline = app.pipelines.get('advice')
  if (!pipeline) throw new Error('There is no pipeline advice.')
  return pipeline.run({ message: 'Where is it? I paid by 4111 1111 1111 1111.' })
}
