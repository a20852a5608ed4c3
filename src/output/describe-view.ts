import { shorten } from './verdict.ts'
import type { ChoiceView, NumberView, ObjectView, ScalarView, View } from './view.ts'

/** What a schema wants, in words for the model and for people. */

/** What a scalar has to be. */
export function describeView(view: ChoiceView | ScalarView | NumberView): string {
  switch (view.kind) {
    case 'choice':
      return describeChoice(view.values)
    case 'number':
      return describeNumber(view)
    case 'boolean':
      return 'true or false'
    case 'null':
      return 'null'
    case 'string':
      return describeString(view)
  }
}

function describeChoice(values: readonly unknown[]): string {
  const shown = values.slice(0, 12).map((value) => JSON.stringify(value))
  if (shown.length === 1) return String(shown[0])
  return `one of ${shown.join(', ')}${values.length > 12 ? ', …' : ''}`
}

function describeNumber(view: NumberView): string {
  const kind = view.integer ? 'an integer' : 'a number'
  const limits: string[] = []
  if (view.minimum > -Number.MAX_SAFE_INTEGER) limits.push(`>= ${view.minimum}`)
  if (view.exclusiveMinimum > Number.NEGATIVE_INFINITY) limits.push(`> ${view.exclusiveMinimum}`)
  if (view.maximum < Number.MAX_SAFE_INTEGER) limits.push(`<= ${view.maximum}`)
  if (view.exclusiveMaximum < Number.POSITIVE_INFINITY) limits.push(`< ${view.exclusiveMaximum}`)
  if (view.multipleOf !== undefined) limits.push(`a multiple of ${view.multipleOf}`)
  return limits.length === 0 ? kind : `${kind} ${limits.join(' and ')}`
}

function describeString(view: ScalarView): string {
  const kind = view.format === undefined ? 'a string' : `a string (${view.format})`
  if (view.pattern !== undefined && view.format === undefined) {
    return shorten(`${kind} matching ${view.pattern.source}`, 80)
  }
  if (view.minLength > 0) return `${kind} of at least ${view.minLength} characters`
  if (view.maxLength < Number.POSITIVE_INFINITY)
    return `${kind} of at most ${view.maxLength} characters`
  return kind
}

/** What a property has to be, in a word or two. */
export function describeWanted(view: ObjectView, name: string): string {
  const wanted = view.property(name)
  if (wanted === undefined || wanted.kind === 'any') return 'a value'
  if (wanted.kind === 'union') return wanted.branches.map((branch) => wordOf(branch)).join(' or ')
  return wordOf(wanted)
}

function wordOf(view: View): string {
  switch (view.kind) {
    case 'choice':
      return view.values
        .slice(0, 8)
        .map((value) => JSON.stringify(value))
        .join(' | ')
    case 'number':
      return view.integer ? 'an integer' : 'a number'
    case 'array':
    case 'object':
      return `an ${view.kind}`
    case 'string':
    case 'boolean':
      return `a ${view.kind}`
    default:
      return view.kind
  }
}

/** Which keys an object has to have. */
export function describeKeys(view: ObjectView): string {
  const names = view.names.slice(0, 8).map((name) => JSON.stringify(name))
  return `an object with ${names.join(', ')}${view.names.length > 8 ? ', …' : ''}`
}
