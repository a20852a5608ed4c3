import type { JsonSchema } from '../model/message.ts'
import { findDocuments } from './find-documents.ts'
import { knownKeysOf } from './known-keys.ts'
import { resolveLimits } from './limits.ts'
import type { Node, ObjectNode } from './node.ts'
import { nothing } from './reading.ts'
import { fragmentAt } from './schema-fragment.ts'
import type { OutputFailure, Path } from './verdict.ts'

/**
 * The parts of a long answer that are wrong, so that they alone are asked for again.
 *
 * The answer's own text is kept: what comes back is put into the places of the parts, and the whole
 * goes through the reader like any other answer. Nothing that was right is written a second time, by
 * the model or by us, so a number such as `1.10` stays what it was.
 */
export interface WrongParts {
  readonly parts: readonly WrongPart[]
  /** The schema of the object that is asked for: `part1`, `part2`, …, since paths are no names that every provider takes. */
  readonly schema: JsonSchema
  /** The whole answer with the parts of a reply in their places; undefined where the reply is no such object. */
  fill(reply: string): string | undefined
}

export interface WrongPart {
  readonly name: string
  readonly path: Path
  readonly schema: unknown
}

/**
 * From this length on, in characters, an answer is not written a second time for a few wrong parts.
 * One part costs the same at any length, and less than the whole from 100 characters on; at this length
 * the whole costs nine times as much (`npm run bench -- output`). What is shorter is asked for whole,
 * which every model does as a matter of course.
 */
export const shortestForParts = 500

/** The parts may be this share of the answer, and so many. */
const largestShare = 1 / 4
const mostParts = 8

/** Whether a failure that is seen while an answer comes is worth letting it come to its end. */
export function mayAskForParts({ cause, issues }: OutputFailure, length: number): boolean {
  const isConfined = issues.length > 0 && issues.every(({ path }) => path.length > 0)
  return cause === 'schema' && isConfined && length >= shortestForParts
}

/** The wrong parts of an answer, or undefined where the whole answer has to be asked for. */
export function findWrongParts(
  failure: OutputFailure,
  text: string,
  schema: JsonSchema,
): WrongParts | undefined {
  if (!mayAskForParts(failure, text.length)) return undefined
  const root = onlyDocument(text, schema)
  if (root === undefined) return undefined
  const places: Place[] = []
  for (const path of outermost(failure.issues.map((issue) => issue.path))) {
    const isMissing = failure.issues.some(({ path: at, got }) => at === path && got === nothing)
    const place = placeOf(root, path, isMissing)
    const fragment = fragmentAt(schema, path)
    if (place === undefined || fragment === undefined) return undefined
    places.push({ ...place, path, schema: fragment })
  }
  const size = places.reduce((sum, { start, end }) => sum + end - start, 0)
  if (places.length > mostParts || size > text.length * largestShare) return undefined
  const parts = places.map((place, index) => ({ ...place, name: `part${index + 1}` }))
  const partsSchema = schemaOf(parts, schema)
  return (
    partsSchema && { parts, schema: partsSchema, fill: (reply) => fill(text, parts, reply, schema) }
  )
}

/** Where a part stands in the text, or where it is to be put. */
interface Place {
  readonly path: Path
  readonly schema: unknown
  readonly start: number
  readonly end: number
  /** What has to stand around the part where its key is not there yet. */
  readonly before: string
  readonly after: string
}

/** The one document of a text, if it is JSON as it stands: what was mended cannot be put together again. */
function onlyDocument(text: string, schema: JsonSchema): Node | undefined {
  const { maxDepth } = resolveLimits()
  const options = { known: knownKeysOf(schema), maxDepth, mayBeCut: true }
  const { found, fault, leftover } = findDocuments(text, options)
  const [document] = found
  if (document === undefined || found.length > 1 || fault || leftover) return undefined
  return document.parsed.repairs.length === 0 ? document.parsed.root : undefined
}

/** Without the paths that lead into a part that is asked for already. */
function outermost(paths: readonly Path[]): readonly Path[] {
  const isWithin = (path: Path, other: Path) => other.every((key, index) => path[index] === key)
  return paths.filter(
    (path, index) =>
      !paths.some((other, at) =>
        isWithin(path, other) ? other.length < path.length || at < index : false,
      ),
  )
}

function placeOf(
  root: Node,
  path: Path,
  isMissing: boolean,
): Pick<Place, 'start' | 'end' | 'before' | 'after'> | undefined {
  let node: Node | undefined = root
  for (const [index, key] of path.entries()) {
    const parent: Node = node
    node = childOf(parent, key)
    if (node !== undefined) continue
    const isLast = index === path.length - 1
    if (!isLast || !isMissing || parent.kind !== 'object' || typeof key !== 'string') {
      return undefined
    }
    return newMember(parent, key)
  }
  return { start: node.start, end: node.end, before: '', after: '' }
}

function childOf(node: Node, key: string | number): Node | undefined {
  if (node.kind === 'array') return typeof key === 'number' ? node.items[key] : undefined
  if (node.kind !== 'object') return undefined
  const members = node.members.filter((member) => member.key === key)
  return members.length === 1 ? members[0]?.value : undefined
}

/** A member that is put first into its object. */
function newMember({ start, members }: ObjectNode, key: string) {
  const at = start + 1
  const after = members.length > 0 ? ', ' : ''
  return { start: at, end: at, before: `${JSON.stringify(key)}: `, after }
}

function schemaOf(
  parts: readonly (WrongPart & Place)[],
  { $defs }: JsonSchema,
): JsonSchema | undefined {
  const schema = {
    type: 'object',
    properties: Object.fromEntries(parts.map((part) => [part.name, part.schema])),
    required: parts.map(({ name }) => name),
    additionalProperties: false,
    ...($defs !== undefined && { $defs }),
  }
  // A reference by place would point elsewhere in the new schema.
  const references = JSON.stringify(schema).matchAll(/"\$ref":"([^"]*)"/g)
  for (const [, reference = ''] of references) {
    if (!reference.startsWith('#/$defs/')) return undefined
  }
  return schema
}

function fill(
  text: string,
  parts: readonly (WrongPart & Place)[],
  reply: string,
  schema: JsonSchema,
): string | undefined {
  const given = onlyDocument(reply, schema)
  if (given?.kind !== 'object' || given.members.length !== parts.length) return undefined
  let filled = text
  for (const part of parts.toSorted((left, right) => right.start - left.start)) {
    const value = childOf(given, part.name)
    if (value === undefined) return undefined
    const written = reply.slice(value.start, value.end)
    filled = `${filled.slice(0, part.start)}${part.before}${written}${part.after}${filled.slice(part.end)}`
  }
  return filled
}
