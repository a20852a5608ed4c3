import { createReadStream } from 'node:fs'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { createHoldfast } from 'holdfast'
import { toCsv } from './documents/csv.ts'
import { createGate } from './documents/gate.ts'
import { openLibrary } from './documents/library.ts'
import { templates } from './pipelines/fields.ts'
import { createPipelines } from './pipelines/index.ts'

/**
 * Reads the fields of all files in a folder into one CSV, a line for each file, whatever is wrong with
 * others: `npm run batch -- <folder> <template> <out.csv>`.
 */
const [folder = 'samples', template = 'invoice', out = 'fields.csv'] = process.argv.slice(2)
const fields = [...(templates[template] ?? [])]
if (fields.length === 0) {
  console.error(`There is no template ${template}; there are ${Object.keys(templates).join(', ')}.`)
  process.exit(1)
}
const data = await mkdtemp(join(tmpdir(), 'documents-'))
const library = await openLibrary(join(data, 'documents'))
const app = await createHoldfast({ pipelines: createPipelines(library), data })
const entries = await readdir(folder, { withFileTypes: true, recursive: true })
const files = entries
  .filter((each) => each.isFile())
  .map((each) => join(each.parentPath, each.name))
const gate = createGate(4)

/** A line of the result: the file, what of it was not read and why, and a value for each field. */
async function readFile(path: string): Promise<string[]> {
  const { id } = await library.add(path, createReadStream(path))
  const { value } = await app.readFields.run({ documentId: id, fields })
  const { problem, unread } = value.report
  const pages = unread.map(({ from, to, why }) => `pages ${from} to ${to}: ${why}`)
  const why = problem?.message ?? pages.join('; ')
  return [why, ...value.fields.map((each) => textOf(each.value))]
}

const rows = await Promise.all(
  files.toSorted().map((path) =>
    gate(async () => {
      const name = relative(folder, path)
      const row = await readFile(path).catch((error: unknown) => [messageOf(error)])
      console.log(`${name}: ${row[0] || 'read'}`)
      return [name, ...row]
    }),
  ),
)
await writeFile(out, toCsv([['File', 'Not read', ...fields.map(({ name }) => name)], ...rows]))
console.log(`Wrote ${out}`)
await library.close()
await app.close()
await rm(data, { recursive: true, force: true })

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function textOf(value: string | number | readonly string[] | undefined): string {
  return typeof value === 'object' ? value.join('; ') : String(value ?? '')
}
