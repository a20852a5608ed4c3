import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import { HoldfastError } from 'holdfast'
import type { Kind } from '../parse/detect-kind.ts'
import type { Page, Problem, Unread } from '../parse/page.ts'
import { type ParseLimits, parseFile } from '../parse/parse-file.ts'
import { createGate } from './gate.ts'
import { limitBytes } from './limit-bytes.ts'

/** A document, and what came of reading its file. */
export type DocumentFacts = {
  readonly id: string
  /** As its owner calls it; it is shown, and never a path on this machine. */
  readonly name: string
  readonly bytes: number
  readonly addedAtMs: number
} & ({ readonly isRead: false } | ReadFacts)

/** What came of reading a file. */
type ReadFacts = {
  readonly isRead: true
  readonly kind?: Kind
  readonly pages: number
  readonly unread: readonly Unread[]
  readonly problem?: Problem
}

export type ReadDocument = DocumentFacts & ReadFacts

/** Files and their pages, each document in a folder of its own that is named by its id. */
export interface Library {
  /** @throws INPUT_TOO_LARGE as soon as more than 25 MB have come; nothing of the file is kept then. */
  add(name: string, content: Readable): Promise<DocumentFacts>
  list(): Promise<DocumentFacts[]>
  /** @throws NOT_FOUND */
  facts(id: string): Promise<DocumentFacts>
  /** Reads the file, once however often it is asked for. What is wrong with it stands in the facts. */
  open(id: string): Promise<ReadDocument>
  /** The pages from one number to another; all by default. Only of a document that is read. */
  pages(id: string, from?: number, to?: number): Promise<Page[]>
  fileOf(id: string): Readable
  remove(id: string): Promise<void>
  /** Stops the files that are being read. */
  close(): Promise<void>
}

/** Of a file. */
export const mostBytes = 25 * 1024 * 1024
/** Files that are read at the same time: each takes a core and its own memory. */
const mostReaders = 2
const idPattern = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/

export async function openLibrary(folder: string, limits: ParseLimits = {}): Promise<Library> {
  await mkdir(folder, { recursive: true })
  const closing = new AbortController()
  const gate = createGate(mostReaders)
  const reading = new Map<string, Promise<ReadDocument>>()

  const pathOf = (id: string, file = ''): string => {
    if (!idPattern.test(id)) throw notFound(id)
    return join(folder, id, file)
  }
  const facts = async (id: string): Promise<DocumentFacts> => {
    const path = pathOf(id, 'facts.json')
    if (!existsSync(path)) throw notFound(id)
    return JSON.parse(await readFile(path, 'utf8')) as DocumentFacts
  }
  const save = async (of: DocumentFacts): Promise<void> => {
    const path = pathOf(of.id, 'facts.json')
    await writeFile(`${path}.part`, JSON.stringify(of))
    await rename(`${path}.part`, path)
  }

  async function read(known: DocumentFacts): Promise<ReadDocument> {
    const path = pathOf(known.id, 'pages.jsonl')
    const pages = createWriteStream(path)
    // Heard from the start: the folder may be gone before the first page comes.
    const written = finished(pages).then(
      () => undefined,
      (error: unknown) => error,
    )
    const unread: Unread[] = []
    let kind: Kind | undefined
    let count = 0
    const problem = await parseFile(
      { path: pathOf(known.id, 'file'), name: known.name },
      {
        onKind: (found) => {
          kind = found
        },
        onReading: (reading) => {
          if ('why' in reading) unread.push(reading)
          else pages.write(`${JSON.stringify(reading)}\n`)
          count = 'why' in reading ? reading.to : reading.number
        },
      },
      { ...limits, abortSignal: closing.signal },
    )
    pages.end()
    const failure = await written
    if (failure) throw cannotWrite(path, failure)
    const { id, name, bytes, addedAtMs } = known
    const outcome = { isRead: true, pages: count, unread, ...(kind && { kind }) } as const
    const whole = { id, name, bytes, addedAtMs, ...outcome, ...(problem && { problem }) }
    await save(whole)
    return whole
  }

  return {
    facts,
    async add(name, content) {
      const id = randomUUID()
      await mkdir(pathOf(id))
      try {
        await pipeline(content, limitBytes(mostBytes), createWriteStream(pathOf(id, 'file')))
        const { size } = await stat(pathOf(id, 'file'))
        const added: DocumentFacts = {
          id,
          name: shownName(name),
          bytes: size,
          addedAtMs: Date.now(),
          isRead: false,
        }
        await save(added)
        return added
      } catch (error) {
        await rm(pathOf(id), { recursive: true, force: true })
        throw error
      }
    },
    async list() {
      const ids = (await readdir(folder)).filter((id) => existsSync(join(folder, id, 'facts.json')))
      const all = await Promise.all(ids.map(facts))
      return all.toSorted((one, other) => one.addedAtMs - other.addedAtMs)
    },
    open(id) {
      const running = reading.get(id)
      if (running) return running
      const started = (async () => {
        const known = await facts(id)
        return known.isRead ? known : gate(() => read(known))
      })().finally(() => reading.delete(id))
      reading.set(id, started)
      return started
    },
    async pages(id, from = 1, to = Number.POSITIVE_INFINITY) {
      const lines = (await readFile(pathOf(id, 'pages.jsonl'), 'utf8')).split('\n')
      const wanted = /^\{"number":(\d+)/
      return lines.flatMap((line) => {
        const number = Number(wanted.exec(line)?.[1])
        return number >= from && number <= to ? [JSON.parse(line) as Page] : []
      })
    },
    fileOf: (id) => createReadStream(pathOf(id, 'file')),
    remove: (id) => rm(pathOf(id), { recursive: true, force: true }),
    async close() {
      closing.abort(new Error('The library was closed.'))
      await Promise.allSettled(reading.values())
    },
  }
}

function notFound(id: string): HoldfastError<'NOT_FOUND'> {
  return new HoldfastError('NOT_FOUND', `There is no document ${JSON.stringify(id)} here.`, {
    kind: 'document',
    id,
  })
}

function cannotWrite(location: string, cause: unknown): HoldfastError<'STORE_UNAVAILABLE'> {
  const message = `The pages could not be written to ${location}. Make room there, or make it writable.`
  return new HoldfastError('STORE_UNAVAILABLE', message, { location }, { cause })
}

/** A name may hold anything, such as the way out of a folder or signs that turn a line around. */
function shownName(name: string): string {
  const parts = name
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, '')
    .split(/[\\/]/)
    .map((part) => part.trim())
    .filter((part) => part !== '' && part !== '.' && part !== '..')
  return parts.join('/').slice(-200) || 'unnamed'
}
