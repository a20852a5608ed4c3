import { alignArray } from './align-array.ts'
import { alignObject } from './align-object.ts'
import { alignScalar } from './align-scalar.ts'
import { alignUnion } from './align-union.ts'
import type { Aligner, AlignOptions } from './aligner.ts'
import { callContent } from './envelope.ts'
import type { Node, ObjectNode } from './node.ts'
import { describeNode, plainValue } from './plain-value.ts'
import { match, mismatch, type Reading, sameValue } from './reading.ts'
import { unwrap } from './unwrap.ts'
import type { Path } from './verdict.ts'
import type { ObjectView, View } from './view.ts'

/** A tool call in a list in an object, its arguments as text, has five; more are not a habit of models. */
const mostWrappers = 5

/**
 * Reads a node under a schema: exactly if it fits, otherwise by the first of a closed list of rules
 * that makes it fit. A rule that applies is recorded as a change with its class; what no rule covers
 * is a mismatch. Recursion follows the data, whose depth the parser has bounded. Paths start at
 * `base`.
 */
export class Alignment implements Aligner {
  readonly text: string
  readonly options: AlignOptions
  readonly path: (string | number)[]
  recorded = 0
  /** Readings by view and node: the branches of nested unions ask for the same ones again. */
  private readonly known = new Map<View, Map<Node, Reading>>()

  constructor(text: string, options: AlignOptions, base: Path) {
    this.text = text
    this.options = options
    this.path = [...base]
  }

  align(node: Node, view: View, unwrapped = 0): Reading {
    if (view.kind === 'any') return match(plainValue(node))
    if (node.kind === 'bare' || node.kind === 'string') return this.read(node, view, unwrapped)
    let byNode = this.known.get(view)
    if (byNode === undefined) {
      byNode = new Map()
      this.known.set(view, byNode)
    }
    const before = byNode.get(node)
    if (before !== undefined) return before
    const reading = this.read(node, view, unwrapped)
    byNode.set(node, reading)
    return reading
  }

  private read(node: Node, view: View, unwrapped: number): Reading {
    const direct = this.direct(node, view, unwrapped)
    if (direct.ok || direct.ambiguous || unwrapped >= mostWrappers) return direct
    return unwrap(this, node, view, unwrapped) ?? direct
  }

  private direct(node: Node, view: View, unwrapped: number): Reading {
    switch (view.kind) {
      case 'any':
        return match(plainValue(node))
      case 'never':
        return this.wrong(node, 'nothing at all')
      case 'union':
        return alignUnion(this, node, view)
      case 'object':
        return node.kind === 'object'
          ? this.object(node, view, unwrapped)
          : this.wrong(node, 'an object')
      case 'array':
        return node.kind === 'array' ? alignArray(this, node, view) : this.wrong(node, 'an array')
      default:
        return alignScalar(this, node, view)
    }
  }

  /** An object that fits by the words of a tool call, while its arguments fit as well, is two readings. */
  private object(node: ObjectNode, view: ObjectView, unwrapped: number): Reading {
    const reading = alignObject(this, node, view)
    const content = reading.ok && this.path.length === 0 ? callContent(node, view) : undefined
    if (!reading.ok || content === undefined || unwrapped >= mostWrappers) return reading
    const inside = this.align(content, view, unwrapped + 1)
    if (!inside.ok || sameValue(inside.value, reading.value)) return reading
    const got = describeNode(this.text, node)
    const message = 'may be the answer, or a tool call around it'
    return { ...mismatch([], 'one answer', got, message), ambiguous: true }
  }

  private wrong(node: Node, expected: string): Reading {
    return mismatch(this.path.slice(), expected, describeNode(this.text, node))
  }
}
