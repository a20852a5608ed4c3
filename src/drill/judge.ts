import { isDeepStrictEqual } from 'node:util'
import { isHoldfastError, messageOf } from '../base/errors.ts'
import { validate } from '../model/schema.ts'
import type { OutputSpec } from '../pipeline/definition.ts'
import type { Observation } from './observe.ts'
import type { DrillSubject } from './subject.ts'

/** What a request came to. `useful`: what was said to be a whole answer is one. */
export type Judgement =
  | { readonly verdict: 'useful' }
  /** No model answered, and the subject says that it has no canned answer. */
  | { readonly verdict: 'unanswered' }
  | {
      readonly verdict: 'wrong' | 'truncated' | 'error' | 'hung'
      /** What is wrong, in words. */
      readonly problem: string
    }

export interface Yardstick extends Pick<DrillSubject, 'output' | 'mayFail'> {
  /** What the model says to each input when nothing is wrong. */
  readonly expected: readonly unknown[]
}

/**
 * Compares what came with what the model says when nothing is wrong. An answer of a model has to be equal,
 * byte for byte; a canned answer has to fit, and to say that it is canned.
 */
export async function judge(
  { ending, inputIndex, stream }: Observation,
  { output, expected, mayFail = false }: Yardstick,
): Promise<Judgement> {
  if (ending.kind === 'hung') return { verdict: 'hung', problem: 'Neither answer nor error came.' }
  if (ending.kind === 'failed') {
    if (mayFail && isHonest(ending.error)) return { verdict: 'unanswered' }
    return { verdict: 'error', problem: describeError(ending.error) }
  }
  const { answer, shown } = ending
  const misfit = await findMisfit(answer.value, output)
  if (misfit !== undefined) return { verdict: 'wrong', problem: misfit }
  if (answer.source === 'canned') {
    if (shown === undefined || shown === '' || shown === answer.value) return { verdict: 'useful' }
    return wrong('Text that no model finished was shown and not taken back', shown, answer.value)
  }
  const right = expected[inputIndex]
  if (!isDeepStrictEqual(answer.value, right)) {
    const what = `The answer is given as whole (${answer.source})`
    if (isBeginning(answer.value, right)) {
      return { ...wrong(what, answer.value, right), verdict: 'truncated' }
    }
    return wrong(what, answer.value, right)
  }
  if (stream && output === 'text' && shown !== answer.value) {
    return wrong('The text that was streamed is not the answer', shown, answer.value)
  }
  return { verdict: 'useful' }
}

async function findMisfit(value: unknown, output: OutputSpec): Promise<string | undefined> {
  if (output === 'text') {
    if (typeof value === 'string' && value.trim() !== '') return undefined
    return `The answer is no text: ${show(value)}`
  }
  const checked = await validate(output, value)
  if (checked.ok) return undefined
  const issues = checked.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  return `The answer does not fit (${issues.join('; ')}): ${show(value)}`
}

function isBeginning(value: unknown, right: unknown): boolean {
  return typeof value === 'string' && typeof right === 'string' && right.startsWith(value)
}

function wrong(what: string, came: unknown, right: unknown) {
  return { verdict: 'wrong', problem: `${what}: ${show(came)} instead of ${show(right)}` } as const
}

function isHonest(error: unknown): boolean {
  return ['NO_ANSWER', 'DEADLINE_EXCEEDED', 'OVERLOADED'].some(
    (code) => isHoldfastError(error) && error.code === code,
  )
}

function describeError(error: unknown): string {
  return isHoldfastError(error) ? `${error.code}: ${error.message}` : messageOf(error)
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 200 ? `${text.slice(0, 120)}…${text.slice(-60)}` : text
}
