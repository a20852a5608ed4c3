import { isRecord } from '../base/json.ts'
import type { Capture } from './capture.ts'

/**
 * Contents are redacted when their call is over, off its way. A prompt can have a megabyte, which takes
 * the redactor some 50 ms: so texts that long are redacted in pieces, and the event loop turns between.
 */

/** Characters that are redacted in one go: about 1 ms. */
const pieceLength = 16 * 1024

/** A single text longer than this is kept up to here; it says how long it was. */
export const longestText = 1024 * 1024

/** Containers that are walked in pieces; what lies beyond is redacted in one go. */
const mostContainers = 2_000
const mostNodes = 5_000

/** How far a walk has come. */
interface Walk {
  containers: number
  /** Containers around the current one; a value may hold itself. */
  readonly open: Set<unknown>
}

/** Redacts any value; the result holds only plain JSON. Never rejects. */
export async function cleanContent(raw: unknown, capture: Capture): Promise<unknown> {
  try {
    return await clean(raw, capture, { containers: mostContainers, open: new Set() })
  } catch {
    // A getter of the user's threw on the way; the redactor marks it where it stands.
    return capture.value(raw)
  }
}

async function clean(raw: unknown, capture: Capture, walk: Walk): Promise<unknown> {
  if (walk.open.has(raw)) return '[Circular]'
  if (isShort(raw, { left: pieceLength, nodes: mostNodes })) return capture.value(raw)
  if (typeof raw === 'string') return cleanText(raw, capture)
  if (--walk.containers < 0) return capture.value(raw)
  await nextTurn()
  walk.open.add(raw)
  const copy = Array.isArray(raw)
    ? await cleanItems(raw, capture, walk)
    : isPlain(raw)
      ? await cleanEntries(raw, capture, walk)
      : capture.value(raw)
  walk.open.delete(raw)
  return copy
}

async function cleanItems(raw: readonly unknown[], capture: Capture, walk: Walk) {
  const items: unknown[] = []
  for (const item of raw) items.push(await clean(item, capture, walk))
  return items
}

async function cleanEntries(raw: Record<string, unknown>, capture: Capture, walk: Walk) {
  const copy: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(raw)) {
    // A short value is redacted together with its key, which says what it is.
    const entry = isShort(value, { left: pieceLength, nodes: mostNodes })
      ? capture.value({ [key]: value })
      : { [capture.text(key)]: await clean(value, capture, walk) }
    Object.assign(copy, entry)
  }
  return copy
}

async function cleanText(raw: string, capture: Capture): Promise<string> {
  const kept = raw.length > longestText ? raw.slice(0, longestText) : raw
  const stream = capture.pieces()
  let output = ''
  for (let at = 0; at < kept.length; at += pieceLength) {
    output += stream.push(kept.slice(at, at + pieceLength))
    await nextTurn()
  }
  // The rest of a text that was cut may hold half a value: it stays in the stream.
  if (kept.length < raw.length) return `${output}… [cut from ${raw.length} characters]`
  return output + stream.end()
}

interface Allowance {
  left: number
  nodes: number
}

/** Whether all texts of a value together fit; stops counting when they do not. */
function isShort(value: unknown, allowance: Allowance): boolean {
  if (--allowance.nodes < 0) return false
  if (typeof value === 'string') {
    allowance.left -= value.length
    return allowance.left >= 0
  }
  if (Array.isArray(value)) return value.every((item) => isShort(item, allowance))
  if (!isPlain(value)) return true
  for (const key of Object.keys(value)) {
    allowance.left -= key.length
    if (!isShort(readOwn(value, key), allowance)) return false
  }
  return allowance.left >= 0
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (!isRecord(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** A getter of the user's may throw; the redactor marks such a value itself. */
function readOwn(value: Record<string, unknown>, key: string): unknown {
  try {
    return value[key]
  } catch {
    return undefined
  }
}

/** Lets the event loop turn once. */
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve))
