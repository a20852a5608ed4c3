import type { Json } from '../base/json.ts'
import type { OutputFailure, Path } from './verdict.ts'

/** Every part of a value may still be missing while it is written. */
export type DeepPartial<T> = T extends readonly (infer Item)[]
  ? DeepPartial<Item>[]
  : T extends object
    ? { [Key in keyof T]?: DeepPartial<T[Key]> }
    : T

/**
 * - `field-delta`: more of a string that is being written; provisional until its `field` comes
 * - `field`: a scalar that is settled: it fits its schema as it is and never changes afterwards
 */
export type PartialEvent =
  | { readonly type: 'field-delta'; readonly path: Path; readonly text: string }
  | { readonly type: 'field'; readonly path: Path; readonly value: Json }

/**
 * Reads one answer while it is written. It shows only what is certain: from the first character that
 * is not JSON, or a value that would have to be changed to fit, it is silent about that part, and
 * the reading of the whole answer decides. Work is proportional to the characters pushed.
 */
export interface PartialStream<Output> {
  /** Takes the next piece of the answer's text. */
  push(delta: string): readonly PartialEvent[]
  /** What is settled so far, and the strings that grow. The same object each time; do not change it. */
  readonly partial: DeepPartial<Output> | undefined
  /** Set at the first point where no continuation of the document can be valid: stop paying. */
  readonly impossible: OutputFailure | undefined
}
