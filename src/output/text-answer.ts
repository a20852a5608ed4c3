import { Alignment } from './align.ts'
import { type Mended, noMatch, refused } from './choose-value.ts'
import { failureOf } from './failure.ts'
import { isPlainRefusal } from './refusal.ts'
import { type Answer, failedEnding } from './terminal-check.ts'
import type { Verdict } from './verdict.ts'
import type { View } from './view.ts'

/**
 * Checks an answer that is to be text: whether it is whole, not empty and not a refusal. The text
 * itself is never changed.
 */
export function readText(answer: Answer): Verdict<string> {
  const ended = failedEnding(answer)
  if (ended !== undefined) return { ok: false, failure: ended }
  if (isPlainRefusal(answer.text)) {
    return { ok: false, failure: failureOf(answer.text, refused(answer.text)) }
  }
  return { ok: true, value: answer.text, changes: [] }
}

/** Whether a schema takes text, or null, and nothing that has a shape. */
export function isTextOnly(view: View): boolean {
  if (view.kind === 'string') return true
  if (view.kind !== 'union') return false
  return (
    view.branches.some((branch) => branch.kind === 'string') &&
    view.branches.every((branch) => branch.kind === 'string' || branch.kind === 'null')
  )
}

/** Where text is wanted the answer itself is the value, whatever is in it. */
export function mendText(text: string, view: View): Mended {
  if (isPlainRefusal(text)) return refused(text)
  const isNull = view.kind === 'union' && /^\s*(?:null|none)\s*$/i.test(text)
  const span = { start: 0, end: text.length }
  const alignment = new Alignment(text, { unknownKeys: 'strip', readInner: () => undefined }, [])
  const reading = isNull
    ? alignment.align({ kind: 'bare', text: text.trim(), ...span }, view)
    : alignment.align({ kind: 'string', text, ...span }, view)
  return reading.ok ? reading : noMatch([reading], 0)
}
