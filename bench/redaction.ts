/**
 * Measures the redactor: recall by type, precision, harmless texts damaged, throughput, and the worst
 * hostile string; other packages in the same run where they are installed.
 *
 * Usage: node bench/redaction.ts [--corpus path.jsonl] [--misses]
 *
 * A line of the corpus is `{ id, kind: 'pos' | 'neg', text, entities: [{ type, start, end, value }] }`
 * with UTF-16 offsets. Without a corpus a small seeded one is generated. All times are CPU times.
 */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { createRedactor } from '../src/telemetry/redact/redactor.ts'
import { generateCorpus } from './redaction-corpus.ts'

export interface Entity {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly value: string
}

export interface LabelledText {
  readonly id: string
  readonly kind: 'pos' | 'neg'
  readonly text: string
  readonly entities: readonly Entity[]
}

type Masking = (text: string) => string | Promise<string>

interface Span {
  readonly start: number
  readonly end: number
  readonly type?: string
}

const structured = new Set(['EMAIL', 'PHONE', 'CREDIT_CARD', 'IBAN', 'US_SSN', 'IP_ADDRESS'])
const secrets = new Set([
  'JWT',
  'API_KEY',
  'PRIVATE_KEY',
  'CRYPTO_WALLET',
  'URL_CREDENTIAL',
  'PASSWORD',
])
const wanted = new Set([
  ...structured,
  ...secrets,
  'NATIONAL_ID',
  'PASSPORT',
  'DATE_OF_BIRTH',
  'STREET_ADDRESS',
])
const hostileUnits = [
  ...['a@a@', 'a.a.', '1-1-', '1 1 ', '12 12 ', '555 555 ', '0123 ', '12.12.', 'ab12:', 'user: '],
  ...['1', ' ', '::::', '1:', 'eyJ.', 'eyJhbGciOiJIUzI1NiJ9.', '+1 (', '+491 ', '-----BEGIN '],
  ...['-----BEGIN PRIVATE KEY-----', '{"', '\\"', '\\', 'pw=', 'pw="', 'token=', '://a:', 'a1-a1-'],
  ...[
    '1 A ',
    '12 Main ',
    'rue A ',
    'AB12 ',
    'DE12',
    'at a ',
    'one ',
    'password is ',
    'sk-',
    '[A_1',
  ],
  ...[
    '4539 2002 ',
    '1.1.1.',
    '(1',
    'x.com/',
    'key ',
    '电话12 ',
    'é@',
    '\u200b1',
    '%40a',
    'Suite 1 ',
  ],
]

const everyday = [
  'The quarterly report shows that the new onboarding flow reduced the number of support requests.',
  'Please summarise the following conversation in three sentences and keep the names of the products.',
  'If the request fails, the client waits and tries again; after the third failure it gives up.',
  'function area(width, height) { return width * height } // both in metres',
  'Das Treffen beginnt um neun Uhr, danach gehen wir gemeinsam die offenen Punkte durch.',
  '2026-11-24T10:00:01.123Z INFO worker-3 processed 1532 items in 4211 ms (queue=mail, retries=0)',
  '{"model":"small-2","max_output_tokens":1024,"messages":[{"role":"user","content":"Say hello"}]}',
  'In 2024 the team closed 312 tickets, 14 of them on the last day before the holidays.',
  'const answer = await model.generate({ prompt, abortSignal, timeout: { totalMs: 8_000 } })',
  'What would you cook for six people, two of them vegetarians, in less than an hour?',
]

const peers: Record<string, () => Promise<Masking>> = {
  'redact-pii': async () => {
    const { SyncRedactor } = (await importPeer('redact-pii')) as {
      SyncRedactor: new () => { redact(text: string): string }
    }
    const peer = new SyncRedactor()
    return (text) => peer.redact(text)
  },
  '@redactpii/node': async () => {
    const { Redactor } = (await importPeer('@redactpii/node')) as {
      Redactor: new (options: object) => { redact(text: string): string }
    }
    const peer = new Redactor({
      rules: { CREDIT_CARD: true, EMAIL: true, NAME: true, PHONE: true, SSN: true },
    })
    return (text) => peer.redact(text)
  },
  '@openredaction/openredaction': async () => {
    const { OpenRedaction } = (await importPeer('@openredaction/openredaction')) as {
      OpenRedaction: new () => { detect(text: string): Promise<{ redacted: string }> }
    }
    const peer = new OpenRedaction()
    return async (text) => (await peer.detect(text)).redacted
  },
}

const { values } = parseArgs({
  options: { corpus: { type: 'string' }, misses: { type: 'boolean', default: false } },
})
const corpus = values.corpus ? readCorpus(values.corpus) : generateCorpus()

const redactor = createRedactor()
console.log(`corpus: ${values.corpus ?? 'generated'}, ${corpus.length} texts`)
printQuality('holdfast', corpus, (text) => redactor.redact(text).findings)
printSpeed()
printHostile()
await printPeers()

function readCorpus(path: string): LabelledText[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as LabelledText)
}

function printQuality(
  name: string,
  texts: readonly LabelledText[],
  find: (text: string) => readonly Span[],
): void {
  const recall = new Map<string, [masked: number, all: number]>()
  let spans = 0
  let trueSpans = 0
  let damaged = 0
  let negatives = 0
  for (const { id, kind, text, entities } of texts) {
    const found = find(text)
    if (kind === 'neg') {
      negatives++
      if (found.length > 0) damaged++
    }
    for (const entity of entities) {
      const masked = isMasked(entity, found)
      for (const group of groupsOf(entity.type)) count(recall, group, masked)
      if (!masked && name === 'holdfast' && values.misses && wanted.has(entity.type)) {
        console.log(`  missed ${id} ${entity.type} ${JSON.stringify(entity.value)}`)
      }
    }
    for (const span of found) {
      spans++
      if (isTrue(span, entities)) trueSpans++
      else if (name === 'holdfast' && values.misses)
        console.log(
          `  stray ${id} ${span.type} ${JSON.stringify(text.slice(span.start, span.end))}`,
        )
    }
  }
  console.log(`\n${name}`)
  for (const [type, [masked, all]] of [...recall].sort()) {
    console.log(`  ${type.padEnd(16)} recall ${percent(masked, all)}  (${masked}/${all})`)
  }
  console.log(`  span precision   ${percent(trueSpans, spans)}  (${trueSpans}/${spans})`)
  console.log(`  harmless damaged ${percent(damaged, negatives)}  (${damaged}/${negatives})`)
}

function groupsOf(type: string): string[] {
  const groups = wanted.has(type) ? [type, '~ all wanted'] : [`(${type})`]
  if (structured.has(type)) groups.push('~ structured')
  if (secrets.has(type)) groups.push('~ secrets')
  return groups
}

function count(table: Map<string, [number, number]>, key: string, hit: boolean): void {
  const entry = table.get(key) ?? [0, 0]
  table.set(key, [entry[0] + (hit ? 1 : 0), entry[1] + 1])
}

/** At least 90 % of the letters and digits of the value are gone. */
function isMasked(entity: Entity, spans: readonly Span[]): boolean {
  let all = 0
  let masked = 0
  for (let at = entity.start; at < entity.end; at++) {
    if (!/[\p{L}\p{N}]/u.test(entity.value.charAt(at - entity.start))) continue
    all++
    if (spans.some((span) => span.start <= at && at < span.end)) masked++
  }
  return masked >= all * 0.9
}

/** At least half of the span lies in labelled values. */
function isTrue(span: Span, entities: readonly Entity[]): boolean {
  let inside = 0
  for (let at = span.start; at < span.end; at++) {
    if (entities.some((entity) => entity.start <= at && at < entity.end)) inside++
  }
  return inside * 2 >= span.end - span.start
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '     -' : `${((part / whole) * 100).toFixed(1).padStart(5)}%`
}

function printSpeed(): void {
  console.log('\nspeed on 2 KB texts (CPU)')
  const lines = corpus.map(({ text }) => text)
  const rounds = 20
  for (const [name, texts] of [
    ['prose, code, logs', ordinaryTexts(0)],
    ['… with 4 corpus lines', ordinaryTexts(4)],
    ['corpus lines only', textsOf((line) => lines[line % lines.length] ?? '')],
  ] as const) {
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
    const run = (): number =>
      cpuSeconds(() => {
        for (let round = 0; round < rounds; round++) {
          for (const text of texts) redactor.scope().redact(text)
        }
      })
    run()
    const speed = (bytes * rounds) / 1e6 / Math.min(run(), run(), run())
    console.log(`  ${name.padEnd(22)} ${speed.toFixed(1)} MB per CPU second`)
  }
}

/** Everyday texts, with some sensitive lines of the corpus among theirs. */
function ordinaryTexts(sensitive: number): string[] {
  const positives = corpus.filter(({ kind }) => kind === 'pos').map(({ text }) => text)
  return textsOf((line, index) => {
    const isSensitive = line % 6 === 5 && line < sensitive * 6
    const list = isSensitive ? positives : everyday
    return list[(index * 7 + line) % list.length] ?? ''
  })
}

/** A hundred texts of about 2 KB. */
function textsOf(lineAt: (line: number, index: number) => string): string[] {
  return Array.from({ length: 100 }, (_, index) => {
    let text = ''
    for (let line = 0; text.length < 2000; line++) text += `${lineAt(line + index * 13, index)}\n`
    return text
  })
}

function printHostile(): void {
  console.log('\nhostile strings of 100 KB (CPU ms; ratio of 400 KB to 100 KB)')
  const measured = hostileUnits.map((unit) => {
    const text = unit.repeat(Math.ceil(100_000 / unit.length))
    redactor.scope().redact(text)
    const short = Math.min(
      ...[1, 2, 3].map(() => cpuSeconds(() => redactor.scope().redact(text)) * 1000),
    )
    const long = cpuSeconds(() => redactor.scope().redact(text.repeat(4))) * 1000
    return { unit, short, ratio: long / short }
  })
  measured.sort((a, b) => b.short - a.short)
  for (const { unit, short, ratio } of measured.slice(0, values.misses ? 100 : 8)) {
    console.log(
      `  ${JSON.stringify(unit).padEnd(32)} ${short.toFixed(1).padStart(7)} ms  x${ratio.toFixed(1)}`,
    )
  }
}

function cpuSeconds(run: () => void): number {
  const before = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

/** Peers are dev dependencies that the repository does not need otherwise; each may be missing. */
async function printPeers(): Promise<void> {
  for (const [name, load] of Object.entries(peers)) {
    const mask = await load().catch((error: unknown) => {
      if (isMissing(error)) return undefined
      throw error
    })
    if (!mask) {
      console.log(`\n${name}: not installed`)
      continue
    }
    const spansByText = new Map<string, Span[]>()
    const seconds = await cpuSecondsOf(async () => {
      for (const { text } of corpus) spansByText.set(text, changedSpans(text, await mask(text)))
    })
    printQuality(name, corpus, (text) => spansByText.get(text) ?? [])
    const bytes = corpus.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0)
    console.log(
      `  speed            ${(bytes / 1e6 / seconds).toFixed(2)} MB per CPU second (corpus lines)`,
    )
  }
}

async function cpuSecondsOf(run: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage()
  await run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

/** A name in a variable keeps the compiler from asking for packages that may be missing. */
function importPeer(name: string): Promise<unknown> {
  return import(name)
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
}

/** What a peer changed, where it tells only the new text: the parts between what both texts share. */
function changedSpans(text: string, masked: string): Span[] {
  const kept = masked.split(/\[[A-Z_]+(?:[:_ ][^\]\s]*)?\]|\*{3,}|<[A-Z_]+>|[A-Z]+(?:_[A-Z]+)+/g)
  const spans: Span[] = []
  let at = 0
  for (const part of kept) {
    const next = part === '' ? at : text.indexOf(part, at)
    if (next < 0) continue
    if (next > at) spans.push({ start: at, end: next })
    at = next + part.length
  }
  if (at < text.length) spans.push({ start: at, end: text.length })
  return spans
}
