import { type RehearsalServer, rehearsal, startRehearsalServer } from 'holdfast'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toCsv } from '../documents/csv.ts'
import { findTables } from '../documents/tables.ts'
import { likelyTemplate } from '../pipelines/fields.ts'
import { type Desk, expected, openDesk, valuesOf } from './desk.ts'

let server: RehearsalServer
let desk: Desk
const ids = new Map<string, string>()
const idOf = (file: string): string => ids.get(file) ?? ''

beforeAll(async () => {
  server = await startRehearsalServer({ firstTokenMs: 1, tokensPerSecond: 0 })
  desk = await openDesk([rehearsal(server)])
  for (const { file } of expected.documents) ids.set(file, await desk.bringSample(file))
})

afterAll(async () => {
  await desk.close()
  await server.close()
})

describe('a sample', () => {
  it.each(expected.documents)('$file is read as it should be', async (sample) => {
    const { value, source } = await desk.read(idOf(sample.file), sample.template)
    expect(source).toBe('primary')
    expect(value.report).toEqual({ pages: sample.pages, unread: [] })
    expect(valuesOf(value.fields)).toEqual(sample.fields)
    const refused = value.fields.filter(({ status }) => status === 'refused')
    expect(refused.map(({ name }) => name)).toEqual(sample.refused ?? [])
    const facts = await desk.library.facts(idOf(sample.file))
    expect(facts).toMatchObject({ kind: sample.kind, pages: sample.pages })
  })

  it.each(expected.documents)('$file is known by its kind', async (sample) => {
    const pages = await desk.library.pages(idOf(sample.file))
    const text = pages.map((page) => page.text).join('\n')
    expect(likelyTemplate(text)).toBe(sample.template)
  })

  it.each(expected.documents)('$file shows each value where it is', async (sample) => {
    const { value } = await desk.read(idOf(sample.file), sample.template)
    const pages = await desk.library.pages(idOf(sample.file))
    for (const field of value.fields.filter(({ status }) => status === 'found')) {
      const page = pages.find(({ number }) => number === field.page)
      const said = page?.text.slice(field.start, field.end).replaceAll(/\s+/g, ' ')
      expect(said).toBe(field.quote?.replaceAll(/\s+/g, ' '))
      expect(field.confidence).toBeGreaterThan(0.5)
      expect(field.page).toBe(sample.pagesOfFields?.[field.name] ?? field.page)
      if (!page?.size) continue
      const boxes = page.boxes.filter(
        ({ start, end }) => start < (field.end ?? 0) && end > (field.start ?? 0),
      )
      expect(boxes.length).toBeGreaterThan(0)
      for (const { x, y, width, height } of boxes) {
        expect(x).toBeGreaterThanOrEqual(0)
        expect(x + width).toBeLessThanOrEqual(page.size.width)
        expect(y + height).toBeLessThanOrEqual(page.size.height)
      }
    }
  })

  it.each(expected.documents.filter(({ table }) => table))(
    '$file gives its table as CSV',
    async ({ file, table = [] }) => {
      await desk.library.open(idOf(file))
      const tables = (await desk.library.pages(idOf(file))).flatMap(findTables)
      expect(tables.map(({ rows }) => rows)).toContainEqual(table)
      expect(toCsv(table).split('\r\n')).toHaveLength(table.length + 1)
    },
  )

  it.each(['contract.pdf', 'lease.docx'])('%s is summarised in its own words', async (file) => {
    const { value } = await desk.app.summarise.run({ documentId: idOf(file) })
    expect(value.points.length).toBeGreaterThan(1)
    const pages = await desk.library.pages(idOf(file))
    for (const { page, start, end, quote } of value.points) {
      expect(pages.find(({ number }) => number === page)?.text.slice(start, end)).toBe(quote)
    }
  })
})

describe('a question over all samples', () => {
  it.each(expected.questions)('$question', async ({ question, says, file, page }) => {
    for (const id of ids.values()) await desk.library.open(id)
    const input = { question, documentIds: [...ids.values()] }
    const { value } = await desk.app.answerQuestion.run(input)
    expect(value.isAnswered).toBe(true)
    if (says === null) {
      expect(value.sentences).toEqual([])
      return
    }
    const said = value.sentences.find(({ text }) => text.includes(says))
    expect(said).toMatchObject({ documentId: idOf(file ?? ''), page })
  })
})
