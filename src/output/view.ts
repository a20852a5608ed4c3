/**
 * A JSON Schema as the alignment needs it: references followed, `allOf` folded together, and one kind
 * that says what sort of value is wanted. Views are made on demand by `schema-views.ts`.
 *
 * Keywords that decide between readings are here. The others (`not`, `if`, `dependentRequired`) are
 * left to the user's own schema, which always has the last word.
 */
export type View =
  | AnyView
  | NeverView
  | ChoiceView
  | UnionView
  | ObjectView
  | ArrayView
  | ScalarView
  | NumberView

interface AnyView {
  readonly kind: 'any'
}

interface NeverView {
  readonly kind: 'never'
}

/** `enum` and `const`. */
export interface ChoiceView {
  readonly kind: 'choice'
  readonly values: readonly unknown[]
}

/** `anyOf`, `oneOf`, several types, `nullable`. */
export interface UnionView {
  readonly kind: 'union'
  readonly branches: readonly View[]
}

export interface ObjectView {
  readonly kind: 'object'
  readonly names: readonly string[]
  property(name: string): View | undefined
  /** The names of the properties by their normalized form; those that two share are left out. */
  readonly byNormalName: ReadonlyMap<string, string>
  readonly required: ReadonlySet<string>
  /** What other keys hold; undefined where the schema says nothing about them. */
  readonly additional: View | undefined
  readonly patterns: readonly (readonly [RegExp, () => View])[]
}

export interface ArrayView {
  readonly kind: 'array'
  /** The items of a tuple, in front of the others. */
  readonly prefix: readonly View[]
  readonly items: View
  readonly minItems: number
  readonly maxItems: number
}

export interface ScalarView {
  readonly kind: 'string' | 'boolean' | 'null'
  readonly pattern: RegExp | undefined
  readonly format: string | undefined
  readonly minLength: number
  readonly maxLength: number
}

export interface NumberView {
  readonly kind: 'number'
  readonly integer: boolean
  readonly minimum: number
  readonly maximum: number
  readonly exclusiveMinimum: number
  readonly exclusiveMaximum: number
  readonly multipleOf: number | undefined
}

/** Whether a view takes a value of this kind, possibly as one of its branches. */
export function takes(view: View, kind: View['kind']): boolean {
  if (view.kind === 'union') return view.branches.some((branch) => takes(branch, kind))
  return view.kind === kind || view.kind === 'any'
}
