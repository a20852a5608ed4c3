import { unzipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { manuscripts } from '../desk/batch-view.ts'
import { fileName, type Manuscript, toText, toZip } from '../desk/export.ts'
import { readCsv } from '../desk/read-csv.ts'
import { sampleBriefs } from '../samples/briefs.ts'
import type { Article } from '../writing/article.ts'
import type { Brief } from '../writing/brief.ts'
import { expectFaithful } from './faithful.ts'
import { openTestDesk, type TestDesk } from './open-test-desk.ts'

const brief = sampleBriefs[0]?.brief as Brief
let test: TestDesk

beforeAll(async () => {
  test = await openTestDesk()
})
afterAll(() => test.close())

const answered = () =>
  test.server.requests.log.filter(({ outcome }) => outcome === 'answered').length

describe('the desk', () => {
  it('writes one section anew and pays for no other', async () => {
    const { id } = await test.desk.order(brief)
    const first = (await test.ended(id)).article as Article
    const before = answered()
    await test.desk.regenerate(id, 1)
    const now = await test.ended(id)
    const second = now.article as Article
    expect(now.versions.length).toBe(2)
    expect(second.sections[1]).not.toBe(first.sections[1])
    for (const index of [0, 2, 3]) expect(second.sections[index]).toBe(first.sections[index])
    expectFaithful(second, brief)
    // The section, the review, and a revision of the section where it needs one.
    expect(answered() - before).toBeGreaterThanOrEqual(2)
    expect(answered() - before).toBeLessThanOrEqual(3)
    expect(second.report.spent.usd).toBeGreaterThan(first.report.spent.usd)
    expect(second.report.spent.usd).toBeLessThanOrEqual(now.budget.usd)
  })

  it('has what is missing written, and keeps what models have done', async () => {
    const asked = answered()
    const budget = { usd: 1, tokens: 2_000 }
    const { id } = await test.desk.order(brief, { budget })
    const first = await test.ended(id)
    expect(first.state).toBe('degraded')
    const byModels = Object.entries(first.article?.work ?? {}).filter(
      ([, { by }]) => by !== 'canned',
    )
    expect(byModels.length).toBeGreaterThan(0)
    await test.desk.mend(id)
    const { article, state } = await test.ended(id)
    expect(state).toBe('complete')
    expectFaithful(article as Article, brief)
    for (const [step, { value }] of byModels.filter(([step]) => step.startsWith('section'))) {
      expect(article?.work[step]).toMatchObject({ value, kept: true })
    }
    const steps = Object.values(article?.work ?? {}).filter(({ kept }) => !kept)
    expect(answered() - asked).toBe(byModels.length + steps.length)
  })

  it('finishes what is at work when paused, and goes on from there', async () => {
    const asked = answered()
    const { id } = await test.desk.order(brief)
    await test.desk.pause(id)
    const paused = await test.ended(id)
    expect(paused.state).toBe('paused')
    expect(paused.article?.work).not.toHaveProperty('head')
    await test.desk.resume(id)
    const { article, state } = await test.ended(id)
    expect(state).toBe('complete')
    expectFaithful(article as Article, brief)
    // Each step once, over both runs.
    expect(answered() - asked).toBe(Object.keys(article?.work ?? {}).length)
  })

  it('holds a paused batch in the queue and resumes all of it', async () => {
    const batch = 'held'
    await test.desk.pause(batch)
    const entries = await Promise.all(
      sampleBriefs.map((sample) => test.desk.order(sample.brief, { batch })),
    )
    const asked = answered()
    for (const { id } of entries) expect((await test.ended(id)).state).toBe('paused')
    expect(answered()).toBe(asked)
    await test.desk.resume(batch)
    for (const { id } of entries) expect((await test.ended(id)).state).toBe('complete')
  })

  it('stops a cancelled article at the provider', async () => {
    const slow = await openTestDesk({ tokensPerSecond: 20 })
    try {
      const { id } = await slow.desk.order(brief)
      await slow.desk.cancel(id)
      expect((await slow.ended(id)).state).toBe('cancelled')
      await slow.server.idle()
      expect(slow.server.requests.log.every(({ outcome }) => outcome !== 'open')).toBe(true)
    } finally {
      await slow.close()
    }
  })

  it('learns from finished articles what the next will cost', async () => {
    const before = await test.desk.order(brief)
    await test.ended(before.id)
    const { likely, learnedFrom, most } = await test.desk.forecast([brief])
    expect(learnedFrom).toBe(1)
    const { id } = await test.desk.order(brief)
    const { article } = await test.ended(id)
    expect(article?.report.spent.usd).toBeGreaterThan(likely.usd * 0.7)
    expect(article?.report.spent.usd).toBeLessThan(likely.usd * 1.3)
    expect(most.usd).toBeGreaterThan(likely.usd)
  })
})

describe('a file of briefs', () => {
  const header = 'Topic;Audience;Tone;Words;Must appear;Must not appear'

  it('is read as spreadsheets write it', () => {
    const text = `\uFEFF${header}\r\nTea; readers;Plain;300;"Tea is warm | Cups hold 200 ml";cold\r\n`
    const tea = { topic: 'Tea', audience: 'readers', tone: 'plain', words: 300 }
    const facts = { mustAppear: ['Tea is warm', 'Cups hold 200 ml'], mustNotAppear: ['cold'] }
    expect(readCsv(text)).toEqual([{ row: 2, brief: { ...tea, ...facts } }])
  })

  it('names the row and the column of what is wrong', () => {
    const text = `${header}\nTea;readers;loud;30;;\nTea;readers;plain;300;Tea is warm;tea is warm\n`
    const problems = readCsv(text).map((row) => ('problems' in row ? row.problems.join(' ') : ''))
    expect(problems[0]).toMatch(/tone: .*words: /)
    expect(problems[1]).toContain('both cannot be')
    const [incomplete] = readCsv('a,b\n1,2\n')
    expect(incomplete).toMatchObject({
      row: 2,
      problems: [expect.stringMatching(/^Columns are missing/)],
    })
    const [broken] = readCsv(`${header}\n"never closed`)
    expect(broken).toMatchObject({ problems: [expect.stringMatching(/cannot be read as CSV/)] })
  })
})

describe('an export', () => {
  const hostile = async (): Promise<Manuscript> => {
    const { id } = await test.desk.order(brief)
    const article = (await test.ended(id)).article as Article
    const title = '../../<script>alert(1)</script> "quoted": =1+1'
    return {
      id,
      brief,
      article: { ...article, title, sections: ['<img src=x onerror=alert(1)>', '', '', ''] },
    }
  }

  it('lets no text of a model become markup, a path or a formula', async () => {
    const manuscript = await hostile()
    const html = toText(manuscript, 'html')
    expect(html).not.toMatch(/<script|<img/)
    expect(html).toContain('&lt;script&gt;')
    expect(fileName(manuscript)).toMatch(/^[a-z0-9-]+$/)
    const [, metadata] = toText(manuscript, 'md').split('---\n')
    expect(metadata).toContain(`title: ${JSON.stringify(manuscript.article.title)}`)
    const formula = { ...manuscript, article: { ...manuscript.article, title: '=1+1' } }
    const report = unzipSync(toZip([formula]))['report.csv']
    expect(new TextDecoder().decode(report)).toContain(`"'=1+1"`)
  })

  it('puts a batch into one archive, in every format', async () => {
    const files = unzipSync(toZip(await manuscripts(test.desk, 'held')))
    const names = Object.keys(files)
    for (const format of ['md', 'html', 'json']) {
      expect(names.filter((name) => name.startsWith(`${format}/`)).length).toBe(sampleBriefs.length)
    }
    const table = new TextDecoder().decode(files['report.csv'])
    expect(table.split('\n').length).toBe(sampleBriefs.length + 2)
    const json = JSON.parse(
      new TextDecoder().decode(files[names.find((name) => name.endsWith('.json')) ?? '']),
    )
    expect(json).toMatchObject({
      status: 'complete',
      brief: { topic: sampleBriefs[0]?.brief.topic },
    })
  })
})
