import type { RuleName } from './rule-names.ts'
import type { ChangeClass, OutputCause } from './verdict.ts'

/**
 * What the tolerant parser makes of a text: a tree that keeps the spans and the characters as they
 * were written, so that the schema can still decide what `1.10`, `02134` or `True` means.
 */
export type Node = ObjectNode | ArrayNode | StringNode | BareNode

interface Span {
  readonly start: number
  end: number
}

export interface ObjectNode extends Span {
  readonly kind: 'object'
  readonly members: Member[]
  /** The text ended before the brace that closes it. */
  isUnclosed?: boolean
  /** The callee, where it was written as `Person(name="Ann")`. */
  readonly callee?: string
}

export interface Member {
  readonly key: string
  readonly value: Node
}

export interface ArrayNode extends Span {
  readonly kind: 'array'
  readonly items: Node[]
  /** Written as a call with positional arguments, such as `ObjectId("1f")`, or in parentheses. */
  readonly callee?: string
}

/** Characters in quotes, decoded. */
export interface StringNode extends Span {
  readonly kind: 'string'
  readonly text: string
}

/** Characters without quotes: a number, a keyword or words. Surrounding space is not part of it. */
export interface BareNode extends Span {
  readonly kind: 'bare'
  readonly text: string
}

/** A mend of the syntax. Its path is looked up only when the reading is taken. */
export interface Repair {
  readonly rule: RuleName
  readonly class: ChangeClass
  readonly at: number
  readonly before: string
  readonly after: string | undefined
}

/** Why a text cannot be read without a guess. */
export interface Fault {
  readonly cause: OutputCause
  readonly at: number
  readonly message: string
}

/** What the parser found at one place. A tree with a fault is never accepted. */
export interface Parsed {
  readonly root: Node
  readonly end: number
  readonly repairs: readonly Repair[]
  /** A member or an item was read: what stands here is data and not a bracket in a sentence. */
  readonly begun: boolean
  readonly fault?: Fault
}
