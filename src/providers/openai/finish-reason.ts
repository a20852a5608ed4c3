import type { FinishReason } from '../../model/model.ts'

/** What OpenAI and the servers that follow it write, lower-case. */
const finishReasons: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  eos: 'stop',
  end_turn: 'stop',
  stop_sequence: 'stop',
  length: 'length',
  max_tokens: 'length',
  model_length: 'length',
  tool_calls: 'tool-calls',
  function_call: 'tool-calls',
  content_filter: 'content-filter',
  safety: 'content-filter',
  recitation: 'content-filter',
  refusal: 'refusal',
  insufficient_system_resource: 'error',
}

/** The reason in our words; `other` where it is not known or not given. */
export function toFinishReason(reason: unknown): FinishReason {
  if (typeof reason !== 'string') return 'other'
  const key = reason.toLowerCase()
  return Object.hasOwn(finishReasons, key) ? (finishReasons[key] ?? 'other') : 'other'
}
