import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Locator, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { chromiumFlags } from '../scripts/chromium.ts'
import { freePort } from '../scripts/free-port.ts'
import { type StartedExample, startExample } from './start-example.ts'

const data = mkdtempSync(join(tmpdir(), 'holdfast-first-light-'))
let port: number
let server: StartedExample
let browser: Browser
let page: Page

const start = () => startExample('main', { PORT: String(port), HOLDFAST_DATA: data })

async function say(message: string): Promise<Locator> {
  const answers = page.locator('.message.assistant')
  const count = await answers.count()
  await page.fill('#message', message)
  await page.click('#composer button')
  return answers.nth(count)
}

const finished = (answer: Locator) =>
  answer.and(page.locator('[data-state="finished"]')).waitFor({ timeout: 30_000 })

async function breakProviders(primary: string, fallback: string): Promise<void> {
  for (const [name, value] of Object.entries({ primary, fallback })) {
    const answered = page.waitForResponse(
      (response) =>
        response.url().endsWith('/demo/faults') && response.request().method() === 'POST',
    )
    await page.selectOption(`#faults select[name="${name}"]`, value)
    await answered
  }
}

beforeAll(async () => {
  port = await freePort()
  server = await start()
  browser = await chromium.launch({ executablePath: inject('chromium'), args: chromiumFlags })
  page = await browser.newPage({ viewport: { width: 1360, height: 860 } })
  await page.goto(`http://127.0.0.1:${port}/`)
  await page.locator('#faults option').first().waitFor({ state: 'attached' })
})

afterAll(async () => {
  await browser?.close()
  if (server) await server.kill()
  rmSync(data, { recursive: true, force: true })
})

describe('first light', () => {
  it('answers a sentence with a typed, streamed, traced reply', async () => {
    const answer = await say('I want to swap 200 euros for bitcoin, is that possible tonight?')
    // While it is made, a part of the reply is there already.
    await answer.locator('.text.typing:not(:empty)').waitFor()
    await finished(answer)
    expect(await answer.locator('.text').textContent()).toMatch(/\S.{20,}/)
    expect(await answer.locator('.tag').allTextContents()).toContain('exchange')
    expect(await answer.locator('a.route').count()).toBe(1)
    const origin = page.locator('#origin')
    expect(await origin.locator('.badge').textContent()).toBe('primary')
    expect(await origin.textContent()).toContain('rehearsal stand-in')
    await origin.locator('.waterfall .name', { hasText: 'chat rehearsal-primary' }).waitFor()
  })

  it.each(['outage', 'rate-limit', 'garbage', 'stall'])(
    'answers from the fallback in a primary %s',
    async (breakage) => {
      await breakProviders(breakage, 'works')
      const answer = await say(`What does it cost? (${breakage})`)
      await finished(answer)
      expect(await answer.getAttribute('data-source')).toBe('fallback')
      expect(await page.locator('#origin .reason').textContent()).toMatch(/^[a-z-]+: \S/)
    },
  )

  it('gives the canned answer with both broken, and says so', async () => {
    await breakProviders('outage', 'outage')
    const answer = await say('Is anybody there?')
    await finished(answer)
    expect(await answer.getAttribute('data-source')).toBe('canned')
    expect(await answer.textContent()).toContain('prepared answer, no model answered')
    await breakProviders('works', 'works')
  })

  it('finishes an answer whose server was killed in the middle', async () => {
    const before = await page.locator('.message').count()
    const answer = await say('My account is locked and I need it now')
    await answer.locator('.text.typing:not(:empty)').waitFor()
    await server.kill()
    server = await start()
    // The page has not been touched: its client finds the server again and goes on.
    await finished(answer)
    expect(await answer.locator('.text').textContent()).toMatch(/\S.{20,}/)
    expect(await page.locator('.message').count()).toBe(before + 2)
  })

  it('loses no conversation and no trace over the restart', async () => {
    const said = await page.locator('.message.visitor').allTextContents()
    await page.reload()
    await page
      .locator('.message.assistant[data-state="finished"]')
      .nth(said.length - 1)
      .waitFor()
    expect(await page.locator('.message.visitor').allTextContents()).toEqual(said)
    const response = await fetch(`http://127.0.0.1:${port}/v1/traces`)
    const { traces } = (await response.json()) as { traces: { name: string }[] }
    expect(traces.length).toBeGreaterThanOrEqual(said.length)
  })

  it('shows the calls and a waterfall in the studio', async () => {
    const studio = await browser.newPage()
    await studio.goto(`http://127.0.0.1:${port}/studio/`)
    await studio.locator('.row').first().click()
    await studio.locator('.span-name', { hasText: 'llm.call onboarding' }).waitFor()
    await studio.close()
  })
})
