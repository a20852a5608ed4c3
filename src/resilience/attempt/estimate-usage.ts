import type { FailureReason } from '../../model/failure-reason.ts'
import type { ModelRequest } from '../../model/model.ts'
import type { Usage } from '../../model/usage.ts'

/** English text has about four characters a token; a rule good enough to settle what nobody counted. */
const charsPerToken = 4

export function tokensOf(chars: number): number {
  return Math.ceil(chars / charsPerToken)
}

/** Characters of all that a request sends as text. */
export function promptChars({ messages, tools, output }: ModelRequest): number {
  let chars = 0
  for (const message of messages) {
    chars += message.content.length
    if (message.role !== 'assistant') continue
    for (const call of message.toolCalls ?? []) chars += call.name.length + call.arguments.length
  }
  if (tools) chars += JSON.stringify(tools).length
  if (output?.type === 'json' && output.schema) chars += JSON.stringify(output.schema).length
  return chars
}

/** What an attempt used, where the provider did not say. */
export function estimateUsage(inputChars: number, outputChars: number): Usage {
  return {
    inputTokens: tokensOf(inputChars),
    outputTokens: tokensOf(outputChars),
    estimated: true,
  }
}

/** Failures before which the model has worked, or may have: they are paid for like answers. */
const workedReasons = new Set<FailureReason>([
  'first-content-timeout',
  'idle-timeout',
  'attempt-timeout',
  'content-filter',
  'refusal',
  'cut',
  'length',
  'empty',
  'garbage',
  'wrong-model',
  'broken-tool-call',
  'too-large',
  'deadline',
  'invalid-output',
  'aborted',
])

/** Whether a failed attempt has cost tokens although its provider did not say how many. */
export function mayHaveWorked(reason: FailureReason): boolean {
  return workedReasons.has(reason)
}
