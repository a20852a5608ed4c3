import type { DegradedReason } from '../model/answer.ts'
import type { FailureReason } from '../model/failure-reason.ts'
import type { OutputFailure } from '../output/verdict.ts'

const reasonByCause: Readonly<Record<OutputFailure['cause'], FailureReason>> = {
  truncated: 'length',
  refused: 'refusal',
  empty: 'empty',
  'no-json': 'invalid-output',
  ambiguous: 'invalid-output',
  schema: 'invalid-output',
  syntax: 'invalid-output',
  hostile: 'invalid-output',
}

/** Why an answer that does not fit was not taken, in the words of a failed call. */
export function degradedBy(failure: OutputFailure): DegradedReason {
  const issues = failure.issues.map((issue) => `${issue.path}: ${issue.message}`).join('; ')
  return {
    code: reasonByCause[failure.cause],
    message: `The answer does not fit: ${failure.cause}${issues === '' ? '' : ` (${issues})`}.`,
  }
}
