/** The hook in a page of its own, in a browser, over a real server. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { z } from 'zod'
import { chromiumFlags } from '../scripts/chromium.ts'
import { createHoldfast } from '../src/app/create-holdfast.ts'
import type { HoldfastParts } from '../src/app/holdfast.ts'
import { definePipeline } from '../src/pipeline/definition.ts'
import { type RunningServer, startServer } from '../src/server/start-server.ts'
import { createLogger } from '../src/telemetry/logger.ts'
import { says, scriptedModel } from '../src/testing/scripted-model.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-use-answer-'))
const story = 'Once a holdfast held a kelp fast in a storm.'
let app: HoldfastParts
let server: RunningServer
let browser: Browser

const tell = definePipeline({
  name: 'tell',
  input: z.string(),
  output: 'text',
  models: [scriptedModel({ id: 'one', script: says(story, { chunkMs: 100 }) })],
  deadlineMs: 20_000,
  prompt: ({ input }) => ({ user: input }),
  canned: () => 'Later.',
})

beforeAll(async () => {
  await build({
    root: join(import.meta.dirname, 'use-answer-page'),
    configFile: false,
    logLevel: 'silent',
    build: { outDir: join(folder, 'page'), emptyOutDir: true, minify: false },
  })
  const logger = createLogger('silent')
  app = await createHoldfast({ pipelines: { tell }, data: join(folder, 'data'), logger })
  server = await startServer({ app, port: 0, pages: { '/': join(folder, 'page') } })
  browser = await chromium.launch({ executablePath: inject('chromium'), args: chromiumFlags })
})

afterAll(async () => {
  await browser?.close()
  await server?.close()
  await app?.close()
  rmSync(folder, { recursive: true, force: true })
})

it('an answer is shown whole, also after it was taken off and put back', async () => {
  const answerId = (await app.pipelines.get('tell')?.enqueue('Tell me.'))?.answerId
  const page = await browser.newPage()
  await page.goto(`${server.url}/?answer=${answerId}`)
  const shown = page.locator('#shown')
  await shown.waitFor()
  await page.click('button')
  await page.click('button')
  await shown.and(page.locator('[data-state="finished"]')).waitFor()
  expect(await shown.textContent()).toBe(story)
})
