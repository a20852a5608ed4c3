import { createReadStream, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { createHoldfast, createLogger, type Model } from 'holdfast'
import { openLibrary } from '../documents/library.ts'
import type { ParseLimits } from '../parse/parse-file.ts'
import { type FieldResult, templates } from '../pipelines/fields.ts'
import { createPipelines } from '../pipelines/index.ts'

export const sampleFolder = join(import.meta.dirname, '../samples')

export interface ExpectedDocument {
  readonly file: string
  readonly kind: string
  readonly template: string
  readonly pages: number
  readonly fields: Readonly<Record<string, FieldResult['value'] | null>>
  readonly refused?: readonly string[]
  readonly table?: readonly (readonly string[])[]
  readonly pagesOfFields?: Readonly<Record<string, number>>
}

export const expected = JSON.parse(readFileSync(join(sampleFolder, 'expected.json'), 'utf8')) as {
  readonly documents: readonly ExpectedDocument[]
  readonly questions: readonly {
    readonly question: string
    readonly says: string | null
    readonly file?: string
    readonly page?: number
  }[]
}

/** The application without its page, in a folder that is deleted when it closes. */
export async function openDesk(models: readonly Model[], limits?: ParseLimits) {
  const data = mkdtempSync(join(tmpdir(), 'holdfast-documents-'))
  const library = await openLibrary(join(data, 'documents'), limits)
  const logger = createLogger('silent')
  const app = await createHoldfast({ pipelines: createPipelines(library, models), data, logger })
  const bring = async (name: string, content: string | Uint8Array): Promise<string> =>
    (await library.add(name, Readable.from([Buffer.from(content)]))).id
  const read = async (documentId: string, template = 'invoice') =>
    app.readFields.run({ documentId, fields: [...(templates[template] ?? [])] })
  return {
    app,
    library,
    bring,
    read,
    bringSample: async (file: string): Promise<string> =>
      (await library.add(file, createReadStream(join(sampleFolder, file)))).id,
    async close() {
      await library.close()
      await app.close()
      rmSync(data, { recursive: true, force: true })
    },
  }
}

export type Desk = Awaited<ReturnType<typeof openDesk>>

/** Found values by the names of their fields, null for what was not found. */
export const valuesOf = (fields: readonly FieldResult[]) =>
  Object.fromEntries(fields.map(({ name, value }) => [name, value ?? null]))
