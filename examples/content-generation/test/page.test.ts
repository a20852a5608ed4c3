import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unzipSync } from 'fflate'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { chromiumFlags } from '../../../scripts/chromium.ts'
import { freePort } from '../../../scripts/free-port.ts'
import type {} from '../../../scripts/services.ts'
import { type StartedExample, startExample } from '../../../test/start-example.ts'

const data = mkdtempSync(join(tmpdir(), 'holdfast-fair-copy-'))
let application: StartedExample
let browser: Browser
let page: Page
const problems: string[] = []

beforeAll(async () => {
  const env = {
    PORT: `${await freePort()}`,
    HOLDFAST_DATA: data,
    REHEARSAL_TOKENS_PER_SECOND: '150',
  }
  application = await startExample('content-generation', env)
  browser = await chromium.launch({ executablePath: inject('chromium'), args: chromiumFlags })
  page = await browser.newPage({ viewport: { width: 1280, height: 860 } })
  page.on('pageerror', ({ message }) => problems.push(message))
})

afterAll(async () => {
  await browser?.close()
  await application?.kill()
  rmSync(data, { recursive: true, force: true })
})

const badge = (state: string) => page.locator(`.paper .badge.${state}`)
const ended = () =>
  page.locator('.paper .badge:is(.complete, .degraded)').waitFor({ timeout: 60_000 })

async function order(topic: string): Promise<void> {
  await page.goto(`${application.url}/#/`)
  await page.fill('[name="topic"]', topic)
  await page.fill('[name="words"]', '300')
  await page.fill('[name="mustAppear"]', 'The tower has 99 steps\nTours begin at 10:00')
  await page.fill('[name="mustNotAppear"]', 'haunted')
  await page.locator('.forecast', { hasText: 'never more than' }).waitFor()
  await page.click('.brief button[type="submit"]')
  await page.waitForURL(/#\/article\//)
}

async function breakProvider(breakage: string): Promise<void> {
  const answered = page.waitForResponse(
    (response) => response.url().endsWith('/desk/faults') && response.request().method() === 'POST',
  )
  await page.selectOption('#breakage', breakage)
  await answered
}

describe('the page', () => {
  it('shows several sections as they grow, and the article as it ends', async () => {
    await order('the water tower')
    await page.waitForFunction(
      () => document.querySelectorAll('.text.growing p:not(:empty)').length > 1,
    )
    const bars = await page
      .locator('.paper progress')
      .evaluateAll((all) => all.map((bar) => (bar as HTMLProgressElement).value))
    expect(bars.every((value) => value > 0 && value < 1)).toBe(true)
    await ended()
    await badge('complete').waitFor()
    const text = await page.locator('.paper').textContent()
    for (const fact of ['The tower has 99 steps.', 'Tours begin at 10:00.'])
      expect(text).toContain(fact)
    expect(text).not.toContain('haunted')
    expect(await page.locator('.facts li[data-stated="nowhere"]').count()).toBe(0)
    expect(await page.locator('.side tbody tr').count()).toBeGreaterThanOrEqual(5)
    expect(await page.locator('.side').textContent()).toMatch(/\$0\.\d+ of \$0\.\d+/)
  })

  it('finds the article again after a reload', async () => {
    const before = await page.locator('.paper').textContent()
    await page.reload()
    await badge('complete').waitFor()
    expect(await page.locator('.paper').textContent()).toBe(before)
  })

  it('writes one section anew and leaves the others alone', async () => {
    const texts = () => page.locator('.paper .text').allInnerTexts()
    const before = await texts()
    await page.locator('.paper section').nth(1).getByText('Write anew').click()
    await badge('writing').or(badge('waiting')).first().waitFor()
    await ended()
    const after = await texts()
    expect(after[0]).toBe(before[0])
    expect(after[1]).not.toBe(before[1])
  })

  it('exports the article in three formats', async () => {
    for (const format of ['MD', 'HTML', 'JSON']) {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.click(`a.button:text-is("${format}")`),
      ])
      expect(download.suggestedFilename()).toBe(
        `the-water-tower-a-guide-for-local-shop-owners.${format.toLowerCase()}`,
      )
      expect(readFileSync(await download.path(), 'utf8')).toContain('99 steps')
    }
  })

  it('pauses, and resumes from what is there', async () => {
    await order('the old mill')
    await page.locator('.text.growing p:not(:empty)').first().waitFor()
    await page.getByRole('button', { name: 'Pause' }).click()
    await badge('paused').waitFor({ timeout: 30_000 })
    const drafts = await page.locator('.paper .text').allInnerTexts()
    expect(drafts.every((text) => text.length > 100)).toBe(true)
    await page.getByRole('button', { name: 'Resume' }).click()
    await ended()
    expect(await page.locator('.side tr', { hasText: 'kept' }).count()).toBeGreaterThanOrEqual(3)
  })

  it('cancels in the middle of a sentence', async () => {
    await order('the harbour wall')
    await page.locator('.text.growing p:not(:empty)').first().waitFor()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await badge('cancelled').waitFor()
  })

  it('ends whole while the primary breaks off', async () => {
    await breakProvider('primary breaks off')
    await order('the ferry pier')
    await ended()
    await badge('complete').waitFor()
    expect(await page.locator('.side tr[data-by="fallback"]').count()).toBeGreaterThan(0)
    await breakProvider('works')
  })

  it('says before a batch starts what it will cost, and shows it as it goes', async () => {
    await page.goto(`${application.url}/#/batch`)
    const csv = [
      'topic,audience,tone,words,must_appear,must_not_appear',
      'the night market,visitors,plain,200,Stalls open at 18:00,',
      'the ice rink,families,friendly,200,Skates cost 5 euros; The rink closes at 21:00,free',
      'a row that is wrong,nobody,loud,20,,',
    ].join('\n')
    await page.setInputFiles('#file', {
      name: 'winter.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(csv),
    })
    const start = page.getByRole('button', { name: 'Write 2 articles' })
    await start.waitFor()
    expect(await page.locator('.figures').textContent()).toMatch(/Likely\s*\$0\.\d+/)
    expect(await page.locator('.preview .notes').textContent()).toContain('Row 4 is left out: tone')
    await start.click()
    await page.locator('h1', { hasText: '2 of 2 articles' }).waitFor({ timeout: 60_000 })
    expect(await page.locator('.batch li[data-state="complete"]').count()).toBe(2)
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByText('Download all').click(),
    ])
    const files = Object.keys(unzipSync(readFileSync(await download.path())))
    expect(files.filter((name) => name.startsWith('md/')).length).toBe(2)
  })

  // Last of its kind: after an outage of both the breakers stay open for a while.
  it('says what an article lacks while both providers are down', async () => {
    await breakProvider('both down')
    await order('the town archive')
    await ended()
    await badge('degraded').waitFor()
    expect(await page.locator('.report .notes').textContent()).toContain('Section 1 is canned')
    expect(await page.locator('.paper').textContent()).toContain('This section was not written')
    await breakProvider('works')
  })

  it('has what is missing written when they are back', async () => {
    // The breakers let a model be asked again after a while; until then an article stays degraded.
    for (let version = 2; !(await badge('complete').isVisible()); version++) {
      await page.getByRole('button', { name: 'Write what is missing' }).click()
      await page.locator(`.paper[data-version="${version}"]`).waitFor()
      await ended()
    }
    expect(await page.locator('.paper').textContent()).not.toContain('This section was not written')
  })

  it('fits a phone, light and dark', async () => {
    await page.setViewportSize({ width: 360, height: 740 })
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      for (const place of ['#/', '#/batch']) {
        await page.goto(`${application.url}/${place}`)
        await page.locator('h1').waitFor()
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - window.innerWidth,
        )
        expect(overflow).toBeLessThanOrEqual(0)
      }
    }
  })

  it('has thrown no error on the way', () => {
    expect(problems).toEqual([])
  })
})
