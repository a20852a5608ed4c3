import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const source = join(root, 'src')

interface Import {
  readonly from: string
  readonly to: string
  readonly typeOnly: boolean
}

/** All files of `src` by their path in it, with their imports of other files of `src`. */
const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((path) =>
  path.endsWith('.ts'),
)
const imports = files.flatMap(importsOf)
const table = readTable()

function importsOf(file: string): Import[] {
  const text = readFileSync(join(source, file), 'utf8')
  const pattern =
    /(?:^|\n)(import|export)\s+(type\s)?[^'"`;]*?from\s+'(\.[^']+)'|import\('(\.[^']+)'\)/g
  return [...text.matchAll(pattern)].map(([, , typeKeyword, fromPath, dynamicPath]) => ({
    from: file,
    to: normalize(join(dirname(file), fromPath ?? dynamicPath ?? '')),
    typeOnly: typeKeyword !== undefined,
  }))
}

function readTable(): ReadonlyMap<string, readonly string[]> {
  const rows = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8').matchAll(
    /^\| `([a-z]+)` \|[^|]*\|([^|]*)\|$/gm,
  )
  return new Map(
    [...rows].map(([, room = '', allowed = '']) => [
      room,
      allowed
        .split(',')
        .map((each) => each.trim())
        .filter((each) => each !== ''),
    ]),
  )
}

/** The room of a file; undefined for the entry files beside the rooms. */
function roomOf(file: string): string | undefined {
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : undefined
}

const isTestSupport = (file: string) =>
  file.endsWith('.test.ts') || file.endsWith('-contract.ts') || file.endsWith('.fixture.ts')

describe('architecture', () => {
  it('names every room in the table, and no other', () => {
    const rooms = new Set(files.map(roomOf).filter((room) => room !== undefined))
    expect([...table.keys()].toSorted()).toEqual([...rooms].toSorted())
  })

  it('imports only along the table', () => {
    const wrong = imports.filter(({ from, to }) => {
      const [room, target] = [roomOf(from), roomOf(to)]
      if (room === undefined || room === target) return false
      if (target === undefined) return true
      if (isTestSupport(from) && target === 'testing') return false
      return !table.get(room)?.includes(target)
    })
    expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([])
  })

  it('imports only files that are there', () => {
    const known = new Set(files)
    expect(imports.filter(({ to }) => !known.has(to))).toEqual([])
  })

  it('reaches the store through its ports, but for the application', () => {
    const wrong = imports.filter(({ from, to }) => {
      const room = roomOf(from)
      if (roomOf(to) !== 'store' || room === 'store' || room === 'app' || room === undefined)
        return false
      return !isTestSupport(from) && !/^store\/[a-z]+-store\.ts$/.test(to)
    })
    expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([])
  })

  it('loads nothing of ours in the client at run time', () => {
    const wrong = imports.filter(
      ({ from, to, typeOnly }) =>
        roomOf(from) === 'client' && roomOf(to) !== 'client' && !typeOnly && !isTestSupport(from),
    )
    expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([])
  })

  it('has no cycles between files', () => {
    expect(findCycle()).toBeUndefined()
  })

  it('reads the clock and sets timers in one place', () => {
    const wrong = files.filter((file) => {
      if (isTestSupport(file) || file === 'base/clock.ts' || file.startsWith('testing/'))
        return false
      // The SQLite backend stands alone, with a clock seam of its own.
      if (file.startsWith('jobs/sqlite-backend/')) return false
      return /\bDate\.now\(|\bsetTimeout\(|\bsetInterval\(|performance\.now\(|AbortSignal\.timeout/.test(
        readFileSync(join(source, file), 'utf8'),
      )
    })
    // A page in a browser has no other clock.
    expect(wrong.filter((file) => !file.startsWith('client/'))).toEqual([])
  })
})

/** The first cycle of run-time imports that is found, as a path; types may point both ways. */
function findCycle(): string | undefined {
  const edges = new Map<string, string[]>()
  for (const { from, to, typeOnly } of imports) {
    if (!typeOnly) edges.set(from, [...(edges.get(from) ?? []), to])
  }
  const done = new Set<string>()
  const path: string[] = []
  const visit = (file: string): string | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file].join(' -> ')
    if (done.has(file)) return undefined
    path.push(file)
    for (const next of edges.get(file) ?? []) {
      const cycle = visit(next)
      if (cycle) return cycle
    }
    path.pop()
    done.add(file)
    return undefined
  }
  for (const file of files) {
    const cycle = visit(relative(source, join(source, file)))
    if (cycle) return cycle
  }
  return undefined
}
