import { isRecord } from '../base/json.ts'
import { type Aligner, record } from './aligner.ts'
import type { Member, Node, ObjectNode } from './node.ts'
import { normalizeName } from './normalize-name.ts'
import type { Reading } from './reading.ts'
import type { RuleName } from './rule-names.ts'
import type { ObjectView, View } from './view.ts'
import {
  argumentNames,
  callNames,
  isEnvelopeName,
  payloadNames,
  schemaNames,
} from './wrapper-names.ts'

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

/**
 * Whether an object that fits as it is may rather be a tool call around the answer: all it has beside a
 * part that the schema does not know are the words of a call, such as its name.
 */
export function callContent(node: ObjectNode, view: ObjectView): Node | undefined {
  const call = memberAmong(node.members, argumentNames, callNames)
  if (call === undefined || view.property(call.key) !== undefined) return undefined
  const { value } = call
  const isDocument =
    value.kind === 'object' || (value.kind === 'string' && /^\s*\{/.test(value.text))
  return isDocument ? value : undefined
}

/** Whether a value may be such a call. */
export function mayBeCall(value: unknown): boolean {
  if (!isRecord(value)) return false
  return Object.entries(value).some(([key, part]) => {
    const isDocument = isRecord(part) || (typeof part === 'string' && /^\s*\{/.test(part))
    return isDocument && argumentNames.has(normalizeName(key))
  })
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
  const payload = aligner.path.length === 0 ? payloadOf(members) : undefined
  if (payload !== undefined) return { content: payload, rule: 'envelope', class: 'likely' }
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

/**
 * What a service gives back under `data`, `result` or `items`, if all else says only that it is well: a
 * failed status or an error speaks against it, and of a count nobody knows what it counts.
 */
function payloadOf(members: readonly Member[]): Node | undefined {
  const found = members.filter(({ key }) => payloadNames.has(normalizeName(key)))
  const [payload] = found
  if (found.length !== 1 || payload === undefined) return undefined
  const { value } = payload
  if (value.kind !== 'object' && value.kind !== 'array') return undefined
  return members.every((member) => member === payload || saysAllIsWell(member)) ? value : undefined
}

function saysAllIsWell({ key, value }: Member): boolean {
  if (value.kind === 'object' || value.kind === 'array') return false
  const text = value.text.toLowerCase()
  switch (normalizeName(key)) {
    case 'status':
      return /^(?:ok|success|succeeded|completed?|done|200)$/.test(text)
    case 'code':
    case 'statuscode':
      return /^(?:0|ok|200)$/.test(text)
    case 'success':
    case 'ok':
      return text === 'true'
    case 'error':
    case 'errors':
      return /^(?:|null|none|false)$/.test(text)
    default:
      return false
  }
}
