import type { RuleName } from './rule-names.ts'

/**
 * What the check of an answer says: a value that the schema accepts, with every change that was made
 * on the way to it, or the one reason why there is no such value.
 */
export type Verdict<Output> =
  | { readonly ok: true; readonly value: Output; readonly changes: readonly Change[] }
  | { readonly ok: false; readonly failure: OutputFailure }

/** Where in a value something stands, such as `['items', 0, 'price']`. */
export type Path = readonly (string | number)[]

/**
 * How safe a change is:
 * - `lossless`: the same data in other characters; always made
 * - `unique`: the only reading that the schema leaves; always made
 * - `likely`: what a careful reader would take it for; made if the policy says so
 *
 * A fourth class, the guess, has no name here because it is never made.
 */
export type ChangeClass = 'lossless' | 'unique' | 'likely'

/** One thing that was read otherwise than it was written. */
export interface Change {
  readonly path: Path
  /** The rule of `docs/output.md` that was applied. */
  readonly rule: RuleName
  readonly class: ChangeClass
  /** The text, or the value, before; cut at 120 characters. */
  readonly before: unknown
  /** What it was read as; undefined where it was dropped. */
  readonly after: unknown
}

/**
 * Why there is no value:
 * - `truncated`: the answer was cut, by the token limit or in the middle of a token
 * - `refused`: the model declined, or a content filter stopped it
 * - `empty`: there is no content
 * - `no-json`: there is text, but no data in it
 * - `ambiguous`: there are two readings, and choosing one would be a guess
 * - `schema`: the data is there and does not fit the schema
 * - `syntax`: the text is broken in a way that cannot be mended without a guess
 * - `hostile`: longer or deeper than the limits allow
 */
export type OutputCause =
  | 'truncated'
  | 'refused'
  | 'empty'
  | 'no-json'
  | 'ambiguous'
  | 'schema'
  | 'syntax'
  | 'hostile'

/** One thing that is wrong, in the words that go back to the model. */
export interface OutputIssue {
  readonly path: Path
  readonly expected: string
  /** What stands there instead, as it was written; cut at 60 characters. */
  readonly got: string
  readonly message: string
}

export interface OutputFailure {
  readonly cause: OutputCause
  readonly issues: readonly OutputIssue[]
  /** The part of the answer that shows the failure; at most 200 characters of the model's own text. */
  readonly excerpt: string
  /** A reading that was found and not taken because the policy does not allow `likely` changes. */
  readonly proposal?: unknown
}

/** Text cut to `limit` characters, with an ellipsis where something is missing. */
export function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text
  return `${text.slice(0, limit - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}
