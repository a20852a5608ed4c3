import { Alignment } from './align.ts'
import { fencedWhole } from './fence.ts'
import type { KnownKeys } from './lookahead.ts'
import type { Fault, Node, Repair } from './node.ts'
import { type Mismatch, type Rank, type Reading, rankOf, worse } from './reading.ts'
import { changesOf } from './repair-changes.ts'
import { parseTolerant } from './tolerant-parser.ts'
import { type Change, type Path, shorten } from './verdict.ts'
import type { View } from './view.ts'

/** What the stages behind the exact reading need to know of the schema and the options. */
export interface MendOptions {
  readonly known: KnownKeys
  readonly maxDepth: number
  readonly unknownKeys: 'strip' | 'refuse'
  /** The provider did not say that the answer is whole: a bracket that is missing was cut off. */
  readonly mayBeCut?: boolean
}

/** A tree with the repairs that led to it. */
export interface Tree {
  readonly root: Node
  readonly repairs: readonly Repair[]
  readonly fault?: Fault
}

/** Reads one tree under the schema; its repairs and the changes of the alignment become one list. */
export function readDocument(
  text: string,
  tree: Tree,
  view: View,
  options: MendOptions,
  base: Path = [],
): Reading {
  const readInner = (inner: string, innerView: View, path: Path) =>
    readInnerDocument(inner, innerView, options, path)
  const alignment = new Alignment(text, { unknownKeys: options.unknownKeys, readInner }, base)
  const reading = alignment.align(tree.root, view)
  if (!reading.ok) return { ...reading, isCut: tree.repairs.some(isAtTheEnd) }
  const reshaped = reading.changes.find(isReshaping)
  if (reshaped !== undefined && tree.repairs.some(isStructural)) return misshapen(reshaped)
  let rank: Rank = reading.rank
  for (const repair of tree.repairs) rank = worse(rank, rankOf(repair.class))
  const changes = [...changesOf(tree.repairs, tree.root, base), ...reading.changes]
  return { ok: true, value: reading.value, rank, changes }
}

/** The document that a string holds, if it holds nothing else. */
function readInnerDocument(
  text: string,
  view: View,
  options: MendOptions,
  path: Path,
): Reading | undefined {
  const body = fencedWhole(text) ?? text.trim()
  if (!/^[[{]/.test(body)) return undefined
  // Half the depth for each level of strings, so that strings in strings come to an end.
  const inner = { ...options, maxDepth: Math.floor(options.maxDepth / 2) }
  const parsed = parseTolerant(body, 0, inner)
  if (parsed.fault !== undefined || body.slice(parsed.end).trim() !== '') return undefined
  const reading = readDocument(body, parsed, view, inner, path)
  if (!reading.ok) return undefined
  const change: Change = {
    path: [...path],
    rule: 'json-in-string',
    class: 'unique',
    before: shorten(text, 120),
    after: reading.value,
  }
  const rank = worse(reading.rank, rankOf('unique'))
  return { ...reading, rank, changes: [...reading.changes, change] }
}

/** A bracket that is missing at the end of the text. */
function isAtTheEnd({ rule, class: kind }: Repair): boolean {
  return rule === 'missing-closer' && kind === 'lossless'
}

/** A change of shape inside the document, which broken brackets can bring about as well. */
function isReshaping({ rule, path }: Change): boolean {
  if (rule === 'unknown-key') return true
  return path.length > 0 && (rule === 'single-item' || rule === 'single-to-list')
}

/** A mend that put a bracket, a quote, a comma or a colon, or took one away. */
function isStructural(repair: Repair): boolean {
  return repair.class === 'likely' || repair.rule.startsWith('missing-')
}

/** A reading that would leave data out, or change its shape, because of where a bracket was put. */
export function misshapen(change: Change): Mismatch {
  const message = 'does not fit, and the brackets around it are broken'
  const got = shorten(String(change.before), 60)
  return {
    ok: false,
    issues: [{ path: change.path, expected: 'data of another shape', got, message }],
    ambiguous: true,
  }
}
