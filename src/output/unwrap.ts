import { type Aligner, record } from './aligner.ts'
import { openEnvelope } from './envelope.ts'
import type { Node } from './node.ts'
import { plainValue } from './plain-value.ts'
import { isBareNull } from './read-boolean.ts'
import type { Reading } from './reading.ts'
import { type ArrayView, takes, type View } from './view.ts'

/**
 * Takes off what models wrap around a value, or puts on what they left away, when the value does not
 * fit as it is: JSON inside a string, a list of one, a single value for a list, an envelope, an
 * object of one property given as its value. Undefined where no wrapper is there.
 */
export function unwrap(
  aligner: Aligner,
  node: Node,
  view: View,
  unwrapped: number,
): Reading | undefined {
  if (node.kind === 'string') {
    const inner = readInner(aligner, node.text, view)
    if (inner !== undefined) return inner
  }
  if (node.kind === 'array' && view.kind !== 'array' && node.items.length === 1) {
    const [item] = node.items
    const reading = aligner.align(item as Node, view, unwrapped + 1)
    if (reading.ok) return record(aligner, node, reading, 'single-item', 'unique')
  }
  if (node.kind === 'object') {
    const opened = openEnvelope(aligner, node, view, unwrapped)
    if (opened !== undefined) return opened
  }
  if (view.kind === 'array') return wrapInList(aligner, node, view, unwrapped)
  if (view.kind === 'object' && view.names.length === 1) {
    return impliedKey(aligner, node, view.names[0] as string, view.property, unwrapped)
  }
  return undefined
}

/** `"{\"a\":1}"` where an object or an array is wanted. */
function readInner(aligner: Aligner, text: string, view: View): Reading | undefined {
  if (!takes(view, 'object') && !takes(view, 'array')) return undefined
  return aligner.options.readInner(text, view, aligner.path.slice())
}

/** One value where a list is wanted, unless its text may be a list itself. */
function wrapInList(
  aligner: Aligner,
  node: Node,
  view: ArrayView,
  unwrapped: number,
): Reading | undefined {
  if (view.minItems > 1 || view.maxItems < 1 || node.kind === 'array') return undefined
  const isText = node.kind === 'string' || node.kind === 'bare'
  if (isText && (/[,;\n|/&]|\band\b/.test(node.text) || node.text.trim() === '')) return undefined
  if (node.kind === 'bare' && isBareNull(node.text)) return undefined
  aligner.path.push(0)
  const reading = aligner.align(node, view.prefix[0] ?? view.items, unwrapped + 1)
  aligner.path.pop()
  if (!reading.ok) return undefined
  return record(aligner, node, { ...reading, value: [reading.value] }, 'single-to-list', 'likely')
}

/** `42` where `{"total": 42}` is wanted. Not for text: any text would fit. */
function impliedKey(
  aligner: Aligner,
  node: Node,
  name: string,
  property: (name: string) => View | undefined,
  unwrapped: number,
): Reading | undefined {
  const wanted = property(name)
  if (wanted === undefined || wanted.kind === 'any' || node.kind === 'string') return undefined
  if (node.kind === 'bare') {
    const isText = typeof plainValue(node) === 'string' || takes(wanted, 'string')
    if (isText || !isAtTop(aligner)) return undefined
  } else if (!takes(wanted, node.kind)) return undefined
  aligner.path.push(name)
  const reading = aligner.align(node, wanted, unwrapped + 1)
  aligner.path.pop()
  if (!reading.ok) return undefined
  return record(
    aligner,
    node,
    { ...reading, value: { [name]: reading.value } },
    'implied-key',
    'likely',
  )
}

const isAtTop = (aligner: Aligner): boolean => aligner.path.every((key) => typeof key === 'number')
