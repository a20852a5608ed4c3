import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { chromiumFlags } from '../../../scripts/chromium.ts'
import { freePort } from '../../../scripts/free-port.ts'
import type {} from '../../../scripts/services.ts'
import { type StartedExample, startExample } from '../../../test/start-example.ts'
import { topics } from '../topics.ts'

const data = mkdtempSync(join(tmpdir(), 'holdfast-onboarding-'))
let application: StartedExample
let browser: Browser
let visitor: BrowserContext
let page: Page
const problems: string[] = []

beforeAll(async () => {
  application = await startExample('onboarding', {
    PORT: `${await freePort()}`,
    HOLDFAST_DATA: data,
  })
  browser = await chromium.launch({ executablePath: inject('chromium'), args: chromiumFlags })
  visitor = await browser.newContext()
  page = await open(visitor)
})

afterAll(async () => {
  await browser?.close()
  await application?.kill()
  rmSync(data, { recursive: true, force: true })
})

async function open(context: BrowserContext): Promise<Page> {
  const opened = await context.newPage()
  opened.on('pageerror', ({ message }) => problems.push(message))
  await opened.goto(application.url)
  return opened
}

const answers = (of: Page) => of.locator('.message.assistant')
const finished = (of: Page, index: number) =>
  of.locator('.message.assistant[data-state="finished"]').nth(index).waitFor({ timeout: 30_000 })

async function say(message: string): Promise<void> {
  await page.fill('#message', message)
  await page.press('#message', 'Enter')
}

describe('a visitor', () => {
  it('signs up step by step, whatever the assistant does', async () => {
    await page.fill('#account input[name="email"]', 'ann@example.com')
    await page.click('#account button')
    await page.click('#identity button')
    await page.locator('#sign-up-note', { hasText: '1,000 euros a day' }).waitFor()
    await page.reload()
    await page.locator('#sign-up-note', { hasText: '1,000 euros a day' }).waitFor()
  })

  it('sees in a second tab the middle of the same sentence', async () => {
    await say('I want to swap 200 euros for bitcoin, is that possible tonight?')
    await answers(page).locator('.text.typing:not(:empty)').waitFor()
    const second = await open(visitor)
    await answers(second).locator('.text.typing:not(:empty)').waitFor()
    await Promise.all([finished(page, 0), finished(second, 0)])
    const texts = await Promise.all([page, second].map((tab) => answers(tab).first().textContent()))
    expect(texts[0]).toBe(texts[1])
    await second.close()
  })

  it('has the answer at once that was made while they read', async () => {
    const chip = page.locator('#chips .ready').first()
    await chip.waitFor()
    const question = await chip.textContent()
    expect(Object.values(topics)).toContain(question)
    await chip.click()
    await finished(page, 1)
    expect(await answers(page).nth(1).textContent()).toContain('made ahead')
    expect(await page.locator('#origin .badge').textContent()).toBe('cache')
    const said = await page.locator('.message.visitor').allTextContents()
    expect(said.at(-1)).toBe(question)
  })
})

describe('operators', () => {
  it('see the most urgent visitor first, live', async () => {
    const operators = await browser.newPage()
    await operators.goto(`${application.url}/operators/`)
    await operators.locator('.case').first().waitFor()
    const other = await open(await browser.newContext())
    await other.fill('#message', 'My account is locked and I need it now')
    await other.press('#message', 'Enter')
    const first = operators.locator('.case').first()
    await first.filter({ hasText: 'My account is locked' }).locator('.tag.warn').waitFor()
    expect(await operators.locator('.case').count()).toBe(2)
    await operators.close()
    await other.close()
  })
})

describe('a visitor who wants to be forgotten', () => {
  it('is told what was deleted, and nothing is left', async () => {
    const id = await page.evaluate(() => localStorage.getItem('visitor'))
    await page.click('#forget')
    await page.locator('#sign-up-note', { hasText: 'Forgotten' }).waitFor()
    expect(await page.locator('#sign-up-note').textContent()).toMatch(/\d+ turns, .*answers/)
    const left = await fetch(`${application.url}/v1/answers?conversation=${id}`)
    expect(await left.json()).toEqual({ answers: [] })
    expect(await answers(page).count()).toBe(0)
    expect(problems).toEqual([])
  })
})
