import type { FailureReason } from '../../model/failure-reason.ts'
import type { Message } from '../../model/message.ts'
import type { Model, ModelRequest } from '../../model/model.ts'
import { tokensOf } from '../attempt/estimate-usage.ts'
import { anchorOf, anchorSeam, prefillSeam } from '../attempt/seam.ts'
import { TextGate } from '../attempt/text-gate.ts'
import type { Diagnosis } from '../classify/diagnosis.ts'

/** A request, and the gate that its answer passes. */
export interface Asking {
  readonly request: ModelRequest
  readonly gate: TextGate
}

/** Failures that say nothing against the text that was delivered before them. */
const breakOffs = new Set<FailureReason>([
  'cut',
  'network',
  'server-error',
  'overloaded',
  'rate-limited',
  'connect-timeout',
  'first-content-timeout',
  'idle-timeout',
  'attempt-timeout',
  'unknown',
])

/** Whether another model can go on from a delivered text: plain text alone, which only broke off. */
export function isContinuable(request: ModelRequest, { reason }: Diagnosis): boolean {
  const isPlain = request.output?.type !== 'json' && (request.tools?.length ?? 0) === 0
  return isPlain && breakOffs.has(reason)
}

/** Asks a model to go on from the delivered text: by prefill where it takes one, else by instruction. */
export function continueFrom(delivered: string, request: ModelRequest, model: Model): Asking {
  const { prefill } = model.capabilities
  const anchor = anchorOf(delivered)
  const seam = prefill ? prefillSeam(delivered) : anchorSeam(delivered, anchor)
  const messages = withDelivered(request.messages, delivered.trimEnd())
  const instruction: Message = { role: 'user', content: instructionFor(anchor) }
  return {
    request: {
      ...request,
      messages: prefill ? messages : [...messages, instruction],
      ...lessTokens(request, delivered),
    },
    gate: new TextGate(delivered, seam),
  }
}

/** Some providers refuse a prefill that ends in white space, so it is left out here and kept at the seam. */
function withDelivered(messages: readonly Message[], delivered: string): readonly Message[] {
  const last = messages.at(-1)
  if (last?.role !== 'assistant') return [...messages, { role: 'assistant', content: delivered }]
  return [...messages.slice(0, -1), { ...last, content: last.content + delivered }]
}

function instructionFor(anchor: string): string {
  return [
    'Your last message was cut off by a broken connection. Go on exactly where it stops.',
    'Begin by repeating its last words between the marks, character for character and without the',
    'marks, then go on in the same sentence. No greeting, no comment, no quotation marks.',
    `<<<${anchor}>>>`,
  ].join('\n')
}

/** What was delivered counts against the limit; a handful of tokens is left to finish the sentence. */
function lessTokens({ maxOutputTokens }: ModelRequest, delivered: string): Partial<ModelRequest> {
  if (maxOutputTokens === undefined) return {}
  return { maxOutputTokens: Math.max(16, maxOutputTokens - tokensOf(delivered.length)) }
}
