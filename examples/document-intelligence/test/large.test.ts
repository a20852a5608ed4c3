import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RehearsalServer, rehearsal, startRehearsalServer } from 'holdfast'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cutIntoChunks, estimateTokens } from '../documents/chunks.ts'
import { chooseChunks } from '../documents/search.ts'
import type { Page } from '../parse/page.ts'
import { parseFile } from '../parse/parse-file.ts'
import { type Desk, openDesk } from './desk.ts'
import { pdfOf } from './files.ts'

const pageCount = 300
const line = (page: number, at: number) =>
  `Clause ${page}.${at}: the parties keep to what was agreed for lot ${page * 50 + at}.`

let server: RehearsalServer
let desk: Desk
let file: Uint8Array

beforeAll(async () => {
  const pages = Array.from({ length: pageCount }, (_each, page) =>
    Array.from({ length: 45 }, (_line, at) => line(page + 1, at + 1)).join('\n'),
  )
  pages[0] = `Invoice number: LONG-1\n${pages[0]}`
  pages[298] = `Total due: EUR 88,000.00\n${pages[298]}`
  file = await pdfOf(pages)
  server = await startRehearsalServer({ firstTokenMs: 1, tokensPerSecond: 0 })
  desk = await openDesk([rehearsal(server)])
})

afterAll(async () => {
  await desk.close()
  await server.close()
})

describe('a document of 300 pages', () => {
  it('is read within 128 MB of heap, page after page', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-large-'))
    const path = join(folder, 'long.pdf')
    writeFileSync(path, file)
    const numbers: number[] = []
    const onReading = (reading: object) => {
      if ('number' in reading) numbers.push(Number(reading.number))
    }
    const problem = await parseFile(
      { path, name: 'long.pdf' },
      { onKind: () => undefined, onReading },
      { heapMb: 128 },
    )
    rmSync(folder, { recursive: true })
    expect(problem).toBeUndefined()
    expect(numbers).toEqual(Array.from({ length: pageCount }, (_each, at) => at + 1))
  })

  it('gives its fields within the token budget, and says what was left out', async () => {
    server.requests.clear()
    const { value, usage } = await desk.read(await desk.bring('long.pdf', file))
    const field = (name: string) => value.fields.find((each) => each.name === name)
    expect(field('Invoice number')).toMatchObject({ value: 'LONG-1', page: 1 })
    // It stands near the end, and is read first of all, since it speaks of what is looked for.
    expect(field('Total')).toMatchObject({ value: 88_000, page: 299 })
    expect(field('IBAN')).toMatchObject({ status: 'unread' })
    expect(value.report.pages).toBe(pageCount)
    expect(value.report.unread.every(({ why }) => why === 'beyond the token budget')).toBe(true)
    expect(value.report.unread.length).toBeGreaterThan(0)
    expect(usage.inputTokens).toBeLessThan(220_000)
    const largest = Math.max(...server.requests.log.map(({ inputTokens }) => inputTokens))
    expect(largest).toBeLessThan(8_000)
  })

  it('is summarised by map and reduce, each call within its budget', async () => {
    server.requests.clear()
    const { value } = await desk.app.summarise.run({
      documentId: await desk.bring('long.pdf', file),
    })
    expect(value.points.length).toBeGreaterThan(0)
    expect(value.points.length).toBeLessThanOrEqual(6)
    const largest = Math.max(...server.requests.log.map(({ inputTokens }) => inputTokens))
    expect(largest).toBeLessThan(8_000)
  })
})

describe('chunks', () => {
  const pages = (texts: readonly string[]): Page[] =>
    texts.map((text, at) => ({ number: at + 1, text, boxes: [] }))

  it('hold whole pages as far as they go', () => {
    const chunks = cutIntoChunks(pages(['a '.repeat(400), 'b '.repeat(400), 'c '.repeat(400)]), 450)
    expect(chunks.map(({ from, to }) => [from, to])).toEqual([
      [1, 2],
      [3, 3],
    ])
  })

  it('keep within their budget, whatever a page is like', () => {
    const wild = pages(['x'.repeat(20_000), `${'word '.repeat(5_000)}\n${'漢'.repeat(3_000)}`, ''])
    for (const { text, tokens } of cutIntoChunks(wild, 500)) {
      expect(tokens).toBeLessThanOrEqual(520)
      expect(estimateTokens(text)).toBeLessThanOrEqual(520)
    }
  })

  it('that speak of what is wanted are chosen first', () => {
    const texts = Array.from({ length: 20 }, (_each, at) => `Page about lot ${at}. `.repeat(40))
    texts[13] = `The notice period is 90 days. ${texts[13]}`
    const chunks = cutIntoChunks(pages(texts), 300)
    const { read, left } = chooseChunks(chunks, 'notice period', 450)
    expect(read.map(({ from }) => from)).toEqual([1, 14])
    expect(read.length + left.length).toBe(chunks.length)
  })
})
