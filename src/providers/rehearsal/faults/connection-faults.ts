import { answerSteps, jsonHeaders, sseHeaders } from '../completion.ts'
import { bothModes, type FaultContext, type RehearsalFault } from '../fault.ts'
import type { Step } from '../step.ts'

/** 30 s: longer than any deadline of a request that a person waits for. */
const defaultDelayMs = 30_000

/** Before the first content: no headers, late headers, headers and silence. */
export const connectionFaults: readonly RehearsalFault[] = [
  {
    id: 'reset-before-headers',
    summary: 'the connection is reset before a byte is answered',
    modes: bothModes,
    reasons: ['network'],
    expected: { outcome: 'fault', evidence: { kind: 'network', sent: true } },
    steps: () => [{ do: 'reset' }],
  },
  {
    id: 'hang-up-before-headers',
    summary: 'the connection is closed before a byte is answered',
    modes: bothModes,
    reasons: ['network'],
    expected: { outcome: 'fault', evidence: { kind: 'network', sent: true } },
    steps: () => [{ do: 'hang-up' }],
  },
  {
    id: 'blackhole',
    summary: 'the request is taken and never answered',
    modes: bothModes,
    reasons: ['first-content-timeout', 'attempt-timeout'],
    expected: { outcome: 'silence', after: 'nothing' },
    steps: () => [{ do: 'hang' }],
  },
  {
    id: 'slow-headers',
    summary: 'the answer begins only after half a minute',
    modes: bothModes,
    reasons: ['first-content-timeout', 'attempt-timeout', 'ok'],
    expected: { outcome: 'silence', after: 'nothing' },
    steps: (context) => [wait(context), ...answerSteps(context.completion, context)],
  },
  {
    id: 'slow-first-token',
    summary: 'headers at once, and content only after half a minute',
    modes: bothModes,
    reasons: ['first-content-timeout', 'attempt-timeout', 'ok'],
    expected: { outcome: 'silence', after: 'headers' },
    steps: (context) => afterHead(context, [wait(context)]),
  },
  {
    id: 'slow-first-token-pings',
    summary: 'headers at once, then heartbeats and never any content',
    modes: ['sse'],
    reasons: ['first-content-timeout', 'attempt-timeout'],
    expected: { outcome: 'silence', after: 'headers' },
    steps: ({ options }) => [
      { do: 'head', status: 200, headers: sseHeaders },
      { do: 'repeat', bytes: ': OPENROUTER PROCESSING\n\n', everyMs: options.everyMs ?? 500 },
    ],
  },
]

function wait({ options }: FaultContext): Step {
  return { do: 'wait', ms: options.delayMs ?? defaultDelayMs }
}

/** The answer with its head first and these steps before the rest. */
function afterHead(context: FaultContext, between: readonly Step[]): Step[] {
  const steps = answerSteps(context.completion, context)
  const headers = context.mode === 'sse' ? sseHeaders : jsonHeaders
  const rest = steps.filter((step) => step.do !== 'head')
  return [{ do: 'head', status: 200, headers }, ...between, ...rest]
}
