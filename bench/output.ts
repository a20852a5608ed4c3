/**
 * Measures the reading of structured answers: on a corpus, on randomly damaged documents, on hostile
 * inputs and in a stream; other packages in the same run where they are installed.
 *
 * Usage: node bench/output.ts [corpus.jsonl] [--policy strict|likely] [--misses]
 *                             [--fuzz 2000] [--corrections 1000] [--seed 1]
 *
 * A line of the corpus is `{ id, cls, raw, schema, finish? }` with a JSON Schema and either
 * `expect` (the right value; `alt` lists others as good) or `reject: true` (mending would be a
 * guess). All times are CPU times.
 */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { JsonSchema } from '../src/model/message.ts'
import type { FinishReason } from '../src/model/model.ts'
import type { Schema } from '../src/model/schema.ts'
import { createOutputReader } from '../src/output/output-reader.ts'
import { correctionPrices, tryCorrections } from './output-corrections.ts'
import { damagedCase } from './output-damage.ts'
import { hostileInputs } from './output-hostile.ts'
import {
  checked,
  isHidden,
  isSame,
  type Reading,
  schemaOf,
  withoutUnknown,
} from './output-judge.ts'

interface Case {
  readonly id: string
  readonly cls: string
  readonly raw: string
  readonly schema: JsonSchema
  readonly expect?: unknown
  readonly alt?: readonly unknown[]
  readonly reject?: boolean
  readonly finish?: FinishReason
}

/** Makes the reading of one schema's answers. */
type Reader = (schema: Schema) => (one: Case) => Reading | Promise<Reading>
type Outcome = 'right' | 'wrong' | 'rejected rightly' | 'rejected wrongly'

const outcomes: readonly Outcome[] = ['right', 'wrong', 'rejected rightly', 'rejected wrongly']
const policies = ['likely', 'strict'] as const

const { values, positionals } = parseArgs({
  // `npm run bench -- output -- file` hands its second pair of dashes on.
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  allowPositionals: true,
  options: {
    corpus: { type: 'string' },
    policy: { type: 'string', default: 'likely' },
    misses: { type: 'boolean', default: false },
    fuzz: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    corrections: { type: 'string', default: '1000' },
  },
})
const policy = policies.find((one) => one === values.policy)
if (policy === undefined) throw new Error(`--policy is ${values.policy}; expected strict or likely`)

const personSchema: JsonSchema = {
  type: 'object',
  properties: { a: { type: 'string' }, b: { type: 'integer' } },
  required: ['a'],
}
const itemSchema: JsonSchema = {
  type: 'object',
  properties: {
    id: { type: 'integer' },
    name: { type: 'string' },
    note: { type: 'string' },
    done: { type: 'boolean' },
  },
  required: ['id', 'name', 'note', 'done'],
}
const listSchema: JsonSchema = {
  type: 'object',
  properties: { items: { type: 'array', items: itemSchema } },
  required: ['items'],
}

const holdfast: Reader = (schema) => {
  const reader = createOutputReader(schema, { policy })
  return async (one) => {
    const verdict = await reader.read({ text: one.raw, finishReason: one.finish ?? 'stop' })
    return verdict.ok ? { value: verdict.value } : undefined
  }
}

const plainJson: Reader = (schema) => (one) => checked(schema, () => JSON.parse(one.raw))

const peers: Record<string, () => Promise<Reader>> = {
  jsonrepair: async () => {
    const { jsonrepair } = (await importPeer('jsonrepair')) as { jsonrepair(text: string): string }
    return (schema) => (one) => checked(schema, () => JSON.parse(jsonrepair(one.raw)))
  },
  'partial-json': async () => {
    const { parse } = (await importPeer('partial-json')) as { parse(text: string): unknown }
    return (schema) => (one) => checked(schema, () => parse(one.raw))
  },
}

const corpus = values.corpus ?? positionals[0]
if (corpus !== undefined) await printCorpus(corpus)
await printValid()
await printFuzz(Number(values.seed), Number(values.fuzz))
await printCorrections(Number(values.seed), Number(values.corrections))
await printHostile()
printStream()

async function printCorpus(path: string): Promise<void> {
  const cases = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Case)
  console.log(`corpus: ${path}, ${cases.length} cases`)
  await printReader(`holdfast, policy ${policy}`, cases, holdfast)
  await printReader('JSON.parse and schema', cases, plainJson)
  for (const [name, load] of Object.entries(peers)) {
    const reader = await load().catch((error: unknown) => {
      if (isMissing(error)) return undefined
      throw error
    })
    if (reader === undefined) console.log(`\n${name}: not installed`)
    else await printReader(`${name} and schema`, cases, reader)
  }
}

async function printReader(name: string, cases: readonly Case[], reader: Reader): Promise<void> {
  const classes = new Map<string, { counts: Record<Outcome, number>; micros: number[] }>()
  const misses: string[] = []
  let recovered = 0
  for (const one of cases) {
    const read = reader(schemaOf(one.schema))
    const { reading, micros } = await timed(() => read(one))
    const outcome = judge(one, reading)
    const row = classes.get(one.cls) ?? { counts: noCounts(), micros: [] }
    classes.set(one.cls, row)
    row.counts[outcome]++
    row.micros.push(micros)
    if (outcome === 'right' && !isExact(one)) recovered++
    const isMiss = outcome === 'wrong' || outcome === 'rejected wrongly'
    if (isMiss) misses.push(`  ${outcome.padEnd(17)} ${one.cls.padEnd(18)} ${one.id}`)
  }
  console.log(`\n${name}`)
  console.log(`  ${'class'.padEnd(18)}${outcomes.map((one) => one.padStart(18)).join('')}  µs each`)
  const total = noCounts()
  for (const [cls, { counts, micros }] of classes) {
    for (const outcome of outcomes) total[outcome] += counts[outcome]
    printRow(cls, counts, median(micros))
  }
  printRow('all', total, median([...classes.values()].flatMap((row) => row.micros)))
  const readable = cases.filter((one) => !one.reject && !isExact(one)).length
  console.log(
    `  recovered ${percent(recovered, readable)} of ${readable} readable malformed answers; wrong ${percent(total.wrong, cases.length)} of all`,
  )
  if (values.misses && reader === holdfast) for (const line of misses) console.log(line)
}

function printRow(cls: string, counts: Record<Outcome, number>, micros: number): void {
  const cells = outcomes.map((outcome) => String(counts[outcome]).padStart(18)).join('')
  console.log(`  ${cls.padEnd(18)}${cells}  ${micros.toFixed(0).padStart(7)}`)
}

function judge(one: Case, reading: Reading): Outcome {
  if (reading === undefined) return one.reject ? 'rejected rightly' : 'rejected wrongly'
  if (one.reject) return 'wrong'
  const right = [one.expect, ...(one.alt ?? [])]
  return right.some((value) => isSame(value, reading.value)) ? 'right' : 'wrong'
}

/** Whether the text is valid as it stands, so that there was nothing to recover. */
function isExact(one: Case): boolean {
  const reading = checked(schemaOf(one.schema), () => JSON.parse(one.raw))
  return reading !== undefined && isSame(one.expect, reading.value)
}

/** What the reading of valid answers costs beside parsing and validation, which it does as well. */
async function printValid(): Promise<void> {
  console.log('\nvalid answers: µs of JSON.parse and schema, of the reader, and the factor')
  const schema = schemaOf(listSchema)
  const reader = createOutputReader(schema)
  for (const [name, note] of [
    ['plain', 'A note without anything special in it.'],
    ['with escapes', 'She said "yes" and\nleft: done.'],
  ] as const) {
    for (const count of [1, 10, 100]) {
      const items = Array.from({ length: count }, (_, id) => ({ id, name: 'A', note, done: true }))
      const text = JSON.stringify({ items })
      const plain = async () => schema['~standard'].validate(JSON.parse(text))
      const read = () => reader.read({ text, finishReason: 'stop' })
      const best = { plain: Number.POSITIVE_INFINITY, read: Number.POSITIVE_INFINITY }
      for (let round = 0; round < 40; round++) {
        best.plain = Math.min(best.plain, await microsOf(plain, 20_000 / text.length))
        best.read = Math.min(best.read, await microsOf(read, 20_000 / text.length))
      }
      const micros = [best.plain, best.read].map((one) => one.toFixed(1).padStart(8)).join('')
      const label = `${name}, ${text.length} characters`.padEnd(32)
      console.log(`  ${label}${micros}  x${(best.read / best.plain).toFixed(2)}`)
    }
  }
}

async function microsOf(work: () => Promise<unknown>, times: number): Promise<number> {
  const count = Math.ceil(times)
  const before = process.hrtime.bigint()
  for (let at = 0; at < count; at++) await work()
  return Number(process.hrtime.bigint() - before) / 1000 / count
}

async function printFuzz(seed: number, count: number): Promise<void> {
  console.log(`\ndamaged documents: ${count}, from seed ${seed}`)
  const kinds = new Map<
    string,
    { right: number; wrong: number; rejected: number; hidden: number }
  >()
  const wrong: string[] = []
  for (let at = 0; at < count; at++) {
    const { kind, schema, raw, original, isLost } = damagedCase(seed + at)
    const row = kinds.get(kind) ?? { right: 0, wrong: 0, rejected: 0, hidden: 0 }
    kinds.set(kind, row)
    const reading = await holdfast(schemaOf(schema))({ id: kind, cls: kind, raw, schema })
    if (reading === undefined) row.rejected++
    else if (!isLost && isSame(original, withoutUnknown(reading.value, schema))) row.right++
    // Damage that leaves valid JSON of the schema cannot be seen by anybody.
    else if (isHidden(raw, schema, reading.value)) row.hidden++
    else {
      row.wrong++
      wrong.push(`  wrong: seed ${seed + at} ${kind}: ${raw.slice(0, 160)}`)
    }
  }
  console.log(`  ${'kind'.padEnd(22)}   right   wrong  rejected  not to be seen`)
  for (const [kind, row] of [...kinds].toSorted()) {
    const cells = [row.right, row.wrong, row.rejected, row.hidden]
    console.log(`  ${kind.padEnd(22)}${cells.map((cell) => String(cell).padStart(8)).join('')}`)
  }
  console.log(`  wrong: ${wrong.length} of ${count}, ${percent(wrong.length, count)}`)
  if (values.misses) for (const line of wrong) console.log(line)
}

async function printCorrections(seed: number, count: number): Promise<void> {
  const sum = await tryCorrections({ count, seed })
  const perFailed = sum.failed === 0 ? 0 : sum.corrections / sum.failed
  const usd = (amount: number) => `$ ${amount.toFixed(5)}`
  console.log(`\ncorrections: ${count} damaged answers of a scripted model, from seed ${seed}`)
  console.log(`  valid and right   ${percent(sum.right, count - sum.hidden)}, wrong ${sum.wrong}`)
  console.log(`  not to be seen    ${sum.hidden}`)
  console.log(`  without an answer ${sum.unanswered}`)
  console.log(`  asked again       ${sum.failed}, ${perFailed.toFixed(3)} corrections each`)
  console.log(
    `  price             ${sum.tokens} tokens, ${usd(sum.costUsd)}; of it corrections ${sum.correctionTokens} tokens, ${usd(sum.correctionCostUsd)}`,
  )
  console.log('\none wrong part, asked for with the whole answer or alone: µ$ of message and reply')
  console.log(`  ${'characters'.padStart(10)}${'whole'.padStart(10)}${'part'.padStart(10)}`)
  for (const { characters, whole, parts } of await correctionPrices()) {
    const cells = [characters, Math.round(whole * 1e6), Math.round(parts * 1e6)]
    console.log(`  ${cells.map((cell) => String(cell).padStart(10)).join('')}`)
  }
}

async function printHostile(): Promise<void> {
  console.log('\nhostile inputs: CPU ms at 1 MB, factor to 10 MB, cause')
  const reader = createOutputReader(schemaOf(personSchema), { limits: { maxLength: 11_000_000 } })
  const large = hostileInputs(10_000_000)
  for (const [name, text] of Object.entries(hostileInputs(1_000_000))) {
    const read = (one: string) => reader.read({ text: one, finishReason: 'stop' })
    await read(text.slice(0, 100_000))
    const first = await cpuMs(() => read(text))
    const second = await cpuMs(() => read(large[name] ?? ''))
    const cause = first.result.ok ? 'ok' : first.result.failure.cause
    console.log(
      `  ${name.padEnd(30)} ${first.ms.toFixed(0).padStart(6)}  x${(second.ms / Math.max(1, first.ms)).toFixed(1).padStart(4)}  ${cause}`,
    )
  }
  const over = createOutputReader(schemaOf(personSchema))
  const text = Buffer.alloc(10_000_000, 'x').toString()
  const { ms } = await cpuMs(() => over.read({ text, finishReason: 'stop' }))
  console.log(`  10 MB, over the limit          ${ms.toFixed(1).padStart(6)}`)
}

function printStream(): void {
  console.log('\nstream in chunks of 16 characters: CPU ms')
  const reader = createOutputReader(schemaOf(listSchema))
  for (const size of [4, 16, 64]) {
    const items: object[] = []
    const write = () => JSON.stringify({ items })
    while (write().length < size * 1024) {
      items.push({
        id: items.length,
        name: 'A name',
        note: 'She said "yes" and\nleft.',
        done: true,
      })
    }
    const text = write()
    const once = () => {
      const stream = reader.stream()
      for (let at = 0; at < text.length; at += 16) stream.push(text.slice(at, at + 16))
    }
    const times = [1, 2, 3, 4, 5].map(() => {
      const before = process.cpuUsage()
      once()
      return msSince(before)
    })
    console.log(
      `  ${String(size).padStart(3)} KB ${Math.min(...times)
        .toFixed(1)
        .padStart(6)}`,
    )
  }
}

/** The fastest of several readings, after one to warm up. */
async function timed(
  read: () => Reading | Promise<Reading>,
): Promise<{ reading: Reading; micros: number }> {
  const reading = await read()
  let micros = Number.POSITIVE_INFINITY
  for (let round = 0; round < 5; round++) {
    const before = process.hrtime.bigint()
    await read()
    micros = Math.min(micros, Number(process.hrtime.bigint() - before) / 1000)
  }
  return { reading, micros }
}

async function cpuMs<T>(run: () => Promise<T>): Promise<{ result: T; ms: number }> {
  const before = process.cpuUsage()
  const result = await run()
  return { result, ms: msSince(before) }
}

function msSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((left, right) => left - right)[Math.floor(numbers.length / 2)] ?? 0
}

function noCounts(): Record<Outcome, number> {
  return { right: 0, wrong: 0, 'rejected rightly': 0, 'rejected wrongly': 0 }
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((part / whole) * 100).toFixed(2)} %`
}

/** Peers are dev dependencies that the repository does not need otherwise; each may be missing. */
function importPeer(name: string): Promise<unknown> {
  return import(name)
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
}
