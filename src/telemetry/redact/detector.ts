import type { Scan } from './scan.ts'

/**
 * What a matcher is called on.
 *
 * A run of letters and digits is a `digits` (only digits), `code` (both) or `word` trigger (one of the
 * detector's words, whole and in either case). Most numbers in a text are short and stand alone; these
 * are `short-digits` and `short-code` instead. The start of a token is a `prefix` trigger, and single
 * signs stand for themselves.
 */
export type Trigger =
  | 'digits'
  | 'short-digits'
  | 'code'
  | 'short-code'
  | 'word'
  | 'prefix'
  | '@'
  | ':'
  | '='
  | '+'
  | '('
  | '-----'

export interface Detector {
  readonly triggers: readonly Trigger[]
  /** Lower-case words for the trigger `word`. */
  readonly words?: readonly string[]
  /** Starts of tokens for the trigger `prefix`; their first two characters are looked up. */
  readonly prefixes?: readonly string[]
  /**
   * Looks at one trigger and reports candidates.
   *
   * @param start where the run or sign starts
   * @param end where it ends, exclusively
   */
  detect(scan: Scan, start: number, end: number): void
}
