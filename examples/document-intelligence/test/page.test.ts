import { mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { chromiumFlags } from '../../../scripts/chromium.ts'
import { freePort } from '../../../scripts/free-port.ts'
import type {} from '../../../scripts/services.ts'
import { type StartedExample, startExample } from '../../../test/start-example.ts'
import { sampleFolder } from './desk.ts'

const data = mkdtempSync(join(tmpdir(), 'holdfast-document-page-'))
let port: number
let server: StartedExample
let browser: Browser
let page: Page

const start = () =>
  startExample('document-intelligence', { PORT: String(port), HOLDFAST_DATA: data })

const documentNamed = (name: string) => page.locator(`#documents li[data-name="${name}"]`)
const fieldNamed = (name: string) => page.locator(`.field[data-name="${name}"]`)
const ended = (name: string, state = 'finished') =>
  documentNamed(name)
    .and(page.locator(`[data-state="${state}"]`))
    .waitFor({ timeout: 40_000 })

async function choose(...names: string[]): Promise<void> {
  await page.setInputFiles(
    '#files',
    names.map((name) => join(sampleFolder, name)),
  )
}

async function open(name: string): Promise<void> {
  await documentNamed(name).locator('.document').click()
  await page.locator('#viewer-title', { hasText: name }).waitFor()
}

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
  page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  await page.goto(`http://127.0.0.1:${port}/`)
  await page.locator('#template option').first().waitFor({ state: 'attached' })
})

afterAll(async () => {
  await browser?.close()
  if (server) await server.kill()
  rmSync(data, { recursive: true, force: true })
})

describe('the page', () => {
  it('reads what is brought, and highlights the source of a value', async () => {
    await choose('invoice.pdf')
    await ended('invoice.pdf')
    expect(await fieldNamed('Total').locator('.field-value').textContent()).toBe('2,045.02')
    expect(await fieldNamed('Total').locator('.confidence').textContent()).toBe('sure · 98 %')
    await fieldNamed('Total').click()
    const highlight = page.locator('#sheet .highlight').last()
    await highlight.waitFor()
    const place = await highlight.boundingBox()
    const paper = await page.locator('#sheet canvas').boundingBox()
    // The total stands in the lower right part of the table, at half the height of the sheet.
    expect((place?.x ?? 0) - (paper?.x ?? 0)).toBeGreaterThan((paper?.width ?? 0) * 0.7)
    const share = ((place?.y ?? 0) - (paper?.y ?? 0)) / (paper?.height ?? 1)
    expect(share).toBeGreaterThan(0.4)
    expect(share).toBeLessThan(0.55)
  })

  it('shows where a scan says it', async () => {
    await choose('scan.png')
    await ended('scan.png')
    await open('scan.png')
    await fieldNamed('Due date').click()
    await page.locator('#sheet img ~ .highlight').nth(4).waitFor()
    expect(await page.locator('#sheet .highlight').count()).toBe(5)
  })

  it('refuses what a hostile document tells it, and shows the rest', async () => {
    await choose('hostile.txt')
    await ended('hostile.txt')
    await open('hostile.txt')
    expect(await fieldNamed('Due date').getAttribute('data-status')).toBe('refused')
    expect(await fieldNamed('Due date').textContent()).toContain('gives orders to the reader')
    await fieldNamed('Total').click()
    await page.locator('mark.highlight', { hasText: 'Total: EUR 310.00' }).waitFor()
  })

  it('says what is wrong with a file beside the others', async () => {
    const bad = {
      name: '../../bad.pdf',
      mimeType: 'application/pdf',
      buffer: Buffer.from('%PDF-x'),
    }
    const empty = { name: 'empty.txt', mimeType: 'text/plain', buffer: Buffer.alloc(0) }
    await page.setInputFiles('#files', [bad, empty])
    await ended('bad.pdf', 'failed')
    await ended('empty.txt', 'failed')
    expect(await documentNamed('bad.pdf').textContent()).toContain('damaged')
    expect(await documentNamed('empty.txt').textContent()).toContain('The file is empty.')
    await ended('invoice.pdf')
  })

  it('says that a file is too large before it is sent', async () => {
    // Playwright takes larger files by path alone; a browser makes this one itself.
    await page.evaluate(() => {
      const files = new DataTransfer()
      files.items.add(new File([new Uint8Array(26 * 1024 * 1024)], '<b>huge</b>.txt'))
      const input = document.querySelector('#files') as HTMLInputElement
      input.files = files.files
      input.dispatchEvent(new Event('change'))
    })
    const problem = page.locator('#upload-problems li')
    expect(await problem.textContent()).toBe(
      '<b>huge</b>.txt: The file is larger than 25 MB. Split it.',
    )
  })

  it('hands files out as nothing that a browser would run', async () => {
    const facts = (await (await page.request.get(`http://127.0.0.1:${port}/documents`)).json()) as {
      id: string
      name: string
    }[]
    const { id } = facts.find(({ name }) => name === 'hostile.txt') ?? { id: '' }
    const file = await page.request.get(`http://127.0.0.1:${port}/documents/${id}/file`)
    expect(file.headers()).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
    })
    const missing = await page.request.get(`http://127.0.0.1:${port}/documents/..%2f..%2fx/file`)
    expect(missing.status()).toBe(404)
  })

  it('reads again by the fields that the user wrote', async () => {
    await open('invoice.pdf')
    await page.click('details summary')
    await page.click('#add-field')
    await page.locator('#schema-rows li').last().locator('[name="name"]').fill('Order')
    await page.locator('#schema-rows li').last().locator('[name="hint"]').fill('Your order')
    await page.click('#schema button[type="submit"]')
    await fieldNamed('Order').waitFor()
    expect(await fieldNamed('Order').locator('.field-value').textContent()).toBe('PO-7781')
  })

  it('hands a table over as CSV', async () => {
    await page.click('#tab-tables')
    const table = page.locator('.table', { hasText: 'Brake cable' })
    const download = page.waitForEvent('download')
    await table.locator('a').click()
    const path = await (await download).path()
    const lines = (await readFile(path, 'utf8')).replace('\ufeff', '').split('\r\n')
    expect(lines[0]).toBe('Item,Quantity,Unit price,Amount')
    expect(lines[3]).toBe('"Cargo bike frame, 26 inch",4,310.00,"1,240.00"')
  })

  it('answers a question over all documents with its source', async () => {
    await page.click('#tab-fields')
    await page.selectOption('#template', 'contract')
    await choose('contract.pdf', 'lease.docx')
    await ended('contract.pdf')
    await ended('lease.docx')
    await page.click('#tab-ask')
    await page.fill('#question input[name="question"]', 'Which law governs the lease?')
    await page.check('#question input[value="all"]')
    await page.click('#question button')
    const citation = page.locator('#answer .citation').first()
    await citation.waitFor()
    expect(await citation.textContent()).toBe('lease.docx, page 1')
    await citation.click()
    await page.locator('mark.highlight', { hasText: 'England and Wales' }).waitFor()
    await page.fill('#question input[name="question"]', 'Who governs Norway?')
    await page.click('#question button')
    await page.locator('#answer', { hasText: 'The documents do not say.' }).waitFor()
  })

  it('summarises with sources', async () => {
    await open('contract.pdf')
    await page.click('#tab-summary')
    await page.click('#summarise')
    await page.locator('#summary .citation').first().waitFor()
    expect(await page.locator('#summary li').count()).toBeGreaterThan(1)
  })

  it('goes on while a provider is down, and says when none is left', async () => {
    await page.click('#tab-fields')
    await breakProviders('outage', 'works')
    await choose('resume.md')
    await ended('resume.md')
    await open('resume.md')
    await page.locator('#fields-origin[data-source="fallback"]').waitFor()
    await breakProviders('garbage', 'outage')
    await choose('resume.pdf')
    await ended('resume.pdf', 'failed')
    expect(await documentNamed('resume.pdf').textContent()).toContain('Nothing was made up')
    await breakProviders('works', 'works')
    await open('resume.pdf')
    await page.click('#fields button:has-text("Try again")')
    await ended('resume.pdf')
  })

  it('finishes a document whose server was killed while it was read', async () => {
    await choose('scan.pdf')
    await documentNamed('scan.pdf').waitFor()
    await server.kill()
    server = await start()
    // The page has not been touched: its client finds the server again and goes on.
    await ended('scan.pdf')
    expect(await page.locator('#documents li').count()).toBe(10)
  })

  it('forgets with a document what was made of it', async () => {
    const about = async (id: string): Promise<number> => {
      const response = await fetch(`http://127.0.0.1:${port}/v1/answers?limit=200`)
      const { answers } = (await response.json()) as { answers: { input: unknown }[] }
      return answers.filter(({ input }) => JSON.stringify(input).includes(id)).length
    }
    const facts = await fetch(`http://127.0.0.1:${port}/documents`)
    const known = (await facts.json()) as { id: string; name: string }[]
    const { id = '' } = known.find(({ name }) => name === 'resume.md') ?? {}
    expect(await about(id)).toBeGreaterThan(0)
    const removed = page.waitForResponse((response) => response.request().method() === 'DELETE')
    await documentNamed('resume.md').locator('.remove').click()
    await removed
    expect(await about(id)).toBe(0)
  })

  it('has everything again after a reload', async () => {
    const shown = async () => (await page.locator('#documents li').allTextContents()).toSorted()
    const before = await shown()
    await page.reload()
    await page
      .locator('#documents li')
      .nth(before.length - 1)
      .waitFor()
    await ended('scan.pdf')
    await page.waitForFunction(
      () => document.querySelectorAll('#documents li[data-state="running"]').length === 0,
    )
    expect(await shown()).toEqual(before)
  })
})
