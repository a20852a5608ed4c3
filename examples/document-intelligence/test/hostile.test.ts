import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type RehearsalServer, rehearsal, startRehearsalServer } from 'holdfast'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Desk, openDesk, sampleFolder } from './desk.ts'
import { lockedPdf, pdfOf, pngHead, zipOf } from './files.ts'

let server: RehearsalServer
let desk: Desk

beforeAll(async () => {
  server = await startRehearsalServer({ firstTokenMs: 1, tokensPerSecond: 0 })
  desk = await openDesk([rehearsal(server)])
})

afterAll(async () => {
  await desk.close()
  await server.close()
})

const sample = (name: string): Buffer => readFileSync(join(sampleFolder, name))
const zeros = (megabytes: number): Buffer => Buffer.alloc(megabytes * 1024 * 1024)
const document = { name: 'word/document.xml', content: Buffer.from('<w:document/>') }

const bad: readonly {
  name: string
  content: () => Promise<Uint8Array> | Uint8Array
  code: string
}[] = [
  { name: 'empty.pdf', content: () => Buffer.alloc(0), code: 'empty' },
  { name: 'blank.txt', content: () => Buffer.from(' \n\n '), code: 'empty' },
  { name: 'locked.pdf', content: lockedPdf, code: 'password' },
  { name: 'cut.pdf', content: () => sample('invoice.pdf').subarray(0, 900), code: 'corrupt' },
  { name: 'cut.docx', content: () => sample('lease.docx').subarray(0, 5_000), code: 'corrupt' },
  { name: 'cut.png', content: () => sample('scan.png').subarray(0, 4_000), code: 'corrupt' },
  { name: 'renamed.pdf', content: () => Buffer.from('just words'), code: 'corrupt' },
  { name: 'program.bin', content: () => Buffer.from([0x7f, 0x45, 0, 1]), code: 'unknown-kind' },
  {
    name: 'locked.docx',
    content: () =>
      Buffer.concat([
        Buffer.from('d0cf11e0a1b11ae1', 'hex'),
        zeros(0.01),
        Buffer.from('EncryptedPackage', 'utf16le'),
      ]),
    code: 'password',
  },
  {
    name: 'archive.zip',
    content: () => zipOf([{ name: 'a.txt', content: Buffer.from('a') }]),
    code: 'unknown-kind',
  },
  {
    name: 'bomb.docx',
    content: () => zipOf([document, { name: 'word/media/a', content: zeros(150) }]),
    code: 'hostile',
  },
  {
    name: 'lying-bomb.docx',
    content: () => zipOf([document, { name: 'word/a', content: zeros(150), saidSize: 100 }]),
    code: 'corrupt',
  },
  {
    name: 'paths.docx',
    content: () => zipOf([document, { name: '../../etc/passwd', content: Buffer.from('x') }]),
    code: 'hostile',
  },
  { name: 'huge.png', content: () => pngHead(100_000, 100_000), code: 'too-large' },
  { name: 'long.txt', content: () => Buffer.alloc(11_000_000, 'word '), code: 'too-large' },
]

describe('a file that cannot be read', () => {
  it.each(bad)('$name ends in a clear error: $code', async ({ name, content, code }) => {
    const id = await desk.bring(name, await content())
    const { value, source } = await desk.read(id)
    expect(value.report.problem?.code).toBe(code)
    expect(value.report.problem?.message).toMatch(/^The (file|document|image|PDF|Word) .{8,}\.$/)
    // It is no failure of a model, and no field of it has a value.
    expect(source).toBe('primary')
    expect(value.fields.filter((field) => field.value !== undefined)).toEqual([])
    expect(value.fields.every(({ status }) => status === 'unread')).toBe(true)
  })

  it('that takes more memory than it may stops its own process alone', async () => {
    const small = await openDesk([rehearsal(server)], { heapMb: 24 })
    const nested = `${'<div>'.repeat(200_000)}deep`
    const id = await small.bring('nested.html', nested)
    expect((await small.read(id)).value.report.problem?.code).toBe('too-large')
    const next = await small.bring('note.txt', 'Invoice number: A-1')
    expect((await small.read(next)).value.report.problem).toBeUndefined()
    await small.close()
  })

  it('that takes more time than it may is given up', async () => {
    const hasty = await openDesk([rehearsal(server)], { timeoutMs: 1 })
    const id = await hasty.bringSample('scan.png')
    expect((await hasty.read(id)).value.report.problem?.code).toBe('too-slow')
    await hasty.close()
  })

  it('that is too large is refused while it comes, and nothing of it is kept', async () => {
    const before = await desk.library.list()
    await expect(desk.bring('large.txt', zeros(26))).rejects.toMatchObject({
      code: 'INPUT_TOO_LARGE',
    })
    expect(await desk.library.list()).toEqual(before)
  })
})

describe('a damaged file', () => {
  /** Bytes changed at places that a seed gives, so that a failure can be seen again. */
  function damage(bytes: Buffer, seed: number): Buffer {
    const damaged = Buffer.from(bytes)
    let state = seed
    for (let change = 0; change < 20; change++) {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
      damaged[state % damaged.length] = state >> 8
    }
    return damaged
  }

  it.each(['invoice.pdf', 'lease.docx', 'scan.png', 'scan.pdf', 'invoice.html'])(
    '%s is read or named as what it is, wherever it is damaged',
    async (name) => {
      const codes = ['corrupt', 'empty', 'unknown-kind', 'too-large', 'hostile', 'password']
      for (const seed of [1, 22, 333]) {
        const id = await desk.bring(`damaged-${name}`, damage(sample(name), seed))
        const { problem, pages } = await desk.library.open(id)
        if (problem) expect(codes, `seed ${seed}`).toContain(problem.code)
        else expect(pages, `seed ${seed}`).toBeGreaterThan(0)
      }
    },
  )
})

describe('a hostile document', () => {
  it('has a name that leads nowhere', async () => {
    const id = await desk.bring('../../..\\etc/\u202egnp.exe\u0000', 'Invoice number: A-1')
    expect((await desk.library.facts(id)).name).toBe('etc/gnp.exe')
    await expect(desk.library.facts('../../etc')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('is read without what only a machine would see', async () => {
    const id = await desk.bringSample('invoice.html')
    await desk.library.open(id)
    const text = (await desk.library.pages(id)).map((page) => page.text).join('')
    expect(text).not.toMatch(/Ignore all|never run|padding/)
  })

  it('in a batch of ten leaves the nine others', async () => {
    const good = await pdfOf(['Invoice number: A-1\nTotal: 12.00 EUR'])
    const files = Array.from({ length: 10 }, (_each, at) => ({
      name: `${at}.pdf`,
      content: at === 4 ? Buffer.from('%PDF-1.7 garbage') : good,
    }))
    const answers = await Promise.all(
      files.map(async ({ name, content }) => desk.read(await desk.bring(name, content))),
    )
    const totals = answers.map(
      ({ value }) => value.fields.find(({ name }) => name === 'Total')?.value,
    )
    expect(totals).toEqual(files.map((_file, at) => (at === 4 ? undefined : 12)))
    expect(answers[4]?.value.report.problem?.code).toBe('corrupt')
  })

  it('stays readable where one of its pages is not', async () => {
    const texts = ['Invoice number: A-1', 'Supplier: Nobody', 'Total: 12.00 EUR']
    const id = await desk.bring('three.pdf', await pdfOf(texts, { broken: 2 }))
    const { value } = await desk.read(id)
    const found = value.fields.filter(({ status }) => status === 'found')
    expect(found.map(({ name, page }) => [name, page])).toEqual([
      ['Invoice number', 1],
      ['Currency', 3],
      ['Total', 3],
    ])
  })
})
