import { type Aligner, record } from './aligner.ts'
import type { Member, Node, ObjectNode } from './node.ts'
import { normalizeName } from './normalize-name.ts'
import type { Reading } from './reading.ts'
import type { RuleName } from './rule-names.ts'
import type { View } from './view.ts'
import { argumentNames, callNames, isEnvelopeName, schemaNames } from './wrapper-names.ts'

/**
 * Objects that models put around the answer: `{"result": …}`, a tool call with its arguments, and
 * the answer written into the place of the schema's `properties`.
 */

/** Reads what is inside the envelope, or undefined where the object is none. */
export function openEnvelope(
  aligner: Aligner,
  node: ObjectNode,
  view: View,
  unwrapped: number,
): Reading | undefined {
  const found = contentOf(aligner, node, view)
  if (found === undefined) return undefined
  const reading = aligner.align(found.content, view, unwrapped + 1)
  return reading.ok ? record(aligner, node, reading, found.rule, found.class) : undefined
}

interface Content {
  readonly content: Node
  readonly rule: RuleName
  readonly class: 'unique' | 'likely'
}

function contentOf(aligner: Aligner, node: ObjectNode, view: View): Content | undefined {
  const { members } = node
  const [only] = members
  if (members.length === 1 && only !== undefined) {
    if (only.key === '__proto__') return undefined
    return isEnvelope(aligner, only, view)
      ? { content: only.value, rule: 'envelope', class: 'unique' }
      : undefined
  }
  if (view.kind !== 'object' && view.kind !== 'union' && view.kind !== 'array') return undefined
  const call = memberAmong(members, argumentNames, callNames)
  if (call !== undefined) return { content: call.value, rule: 'tool-call', class: 'unique' }
  const echo = memberAmong(members, new Set(['properties']), schemaNames)
  if (echo !== undefined) return { content: echo.value, rule: 'schema-echo', class: 'likely' }
  return undefined
}

/** At the top any single key is an envelope; deeper only a telling name, or the property's own. */
function isEnvelope(aligner: Aligner, member: Member, view: View): boolean {
  const isScalar = !['object', 'array', 'union', 'any'].includes(view.kind)
  const isSource = member.value.kind === 'object' || member.value.kind === 'array'
  if (aligner.path.length === 0)
    return isScalar ? view.kind !== 'string' : isSource || isEnvelopeName(member.key)
  const own = aligner.path.at(-1)
  const isOwnName = typeof own === 'string' && normalizeName(own) === normalizeName(member.key)
  return (
    isOwnName ||
    (isEnvelopeName(member.key) && (isSource || !isScalar || normalizeName(member.key) === 'value'))
  )
}

/** The one member whose name is among `wanted`, if all others are among `others`. */
function memberAmong(
  members: readonly Member[],
  wanted: ReadonlySet<string>,
  others: ReadonlySet<string>,
): Member | undefined {
  const found = members.filter((member) => wanted.has(normalizeName(member.key)))
  const rest = members.filter((member) => !found.includes(member))
  if (found.length !== 1 || rest.some((member) => !others.has(normalizeName(member.key))))
    return undefined
  return found[0]
}
