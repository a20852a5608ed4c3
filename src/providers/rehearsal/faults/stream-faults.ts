import { answerSteps, chunk, sseEvent, sseHeaders } from '../completion.ts'
import type { ExpectedOutcome, FaultContext, PartialEvidence, RehearsalFault } from '../fault.ts'
import type { Step } from '../step.ts'

const fault = (evidence: PartialEvidence): ExpectedOutcome => ({ outcome: 'fault', evidence })
const cut = fault({ kind: 'cut' })
const stalls: ExpectedOutcome = { outcome: 'silence', after: 'content' }
const stallReasons: RehearsalFault['reasons'] = ['idle-timeout', 'attempt-timeout']

/** A stream that begins well; `then` is what comes in place of its second half. */
function breaks(
  id: string,
  summary: string,
  then: (context: FaultContext) => readonly Step[],
  is: Pick<RehearsalFault, 'reasons' | 'expected'>,
): RehearsalFault {
  return {
    id,
    summary,
    modes: ['sse'],
    ...is,
    steps: (context) => [...firstHalf(context), ...then(context)],
  }
}

const heartbeat = ': OPENROUTER PROCESSING\n\n'

/** Once content has been sent: errors, cuts and stalls within a stream. */
export const streamFaults: readonly RehearsalFault[] = [
  {
    id: 'error-first-event',
    summary: 'status 200, and the first event is an error',
    modes: ['sse'],
    reasons: ['server-error'],
    expected: fault({ kind: 'error-event' }),
    steps: () => [
      { do: 'head', status: 200, headers: sseHeaders },
      {
        do: 'write',
        bytes: sseEvent({ error: { message: 'Server error', type: 'server_error', code: null } }),
      },
      { do: 'end' },
    ],
  },
  {
    id: 'rate-limit-first-event',
    summary: 'status 200, and the first event says that the rate limit is reached',
    modes: ['sse'],
    reasons: ['rate-limited'],
    expected: fault({ kind: 'error-event' }),
    steps: () => [
      { do: 'head', status: 200, headers: sseHeaders },
      {
        do: 'write',
        bytes: sseEvent({
          error: { message: 'Rate limit reached', type: 'requests', code: 'rate_limit_exceeded' },
        }),
      },
      { do: 'end' },
    ],
  },
  breaks(
    'error-event',
    'an `event: error` in the middle, as Anthropic sends it',
    () => [
      {
        do: 'write',
        bytes: `event: error\n${sseEvent({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } })}`,
      },
      { do: 'end' },
    ],
    { reasons: ['overloaded'], expected: fault({ kind: 'error-event' }) },
  ),
  breaks(
    'error-data',
    'an error object in the middle, as OpenAI sends it',
    () => [
      {
        do: 'write',
        bytes: sseEvent({
          error: { message: 'The server had an error', type: 'server_error', code: null },
        }),
      },
      { do: 'end' },
    ],
    { reasons: ['server-error'], expected: fault({ kind: 'error-event' }) },
  ),
  breaks(
    'error-choice',
    'a chunk that ends with `finish_reason: "error"`, as OpenRouter sends it',
    ({ completion }) => [
      {
        do: 'write',
        bytes: sseEvent({
          id: completion.id,
          model: completion.model,
          error: { code: 502, message: 'Provider disconnected' },
          choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }],
        }),
      },
      { do: 'end' },
    ],
    { reasons: ['server-error'], expected: fault({ kind: 'error-event' }) },
  ),
  breaks(
    'stream-reset',
    'the connection is reset in the middle',
    () => [{ do: 'flush' }, { do: 'reset' }],
    {
      reasons: ['cut'],
      expected: cut,
    },
  ),
  breaks(
    'stream-hang-up',
    'the connection is closed in the middle',
    () => [{ do: 'flush' }, { do: 'hang-up' }],
    {
      reasons: ['cut'],
      expected: cut,
    },
  ),
  breaks(
    'stream-cut',
    'the stream ends in good order, without a reason to stop',
    () => [{ do: 'end' }],
    {
      reasons: ['cut'],
      expected: cut,
    },
  ),
  breaks('stall', 'tokens, and then nothing', () => [{ do: 'hang' }], {
    reasons: stallReasons,
    expected: stalls,
  }),
  breaks(
    'stall-pings',
    'tokens, and then heartbeats for ever',
    ({ options }) => [{ do: 'repeat', bytes: heartbeat, everyMs: options.everyMs ?? 500 }],
    { reasons: stallReasons, expected: stalls },
  ),
  {
    id: 'trickle',
    summary: 'each token in time, all of them together never',
    modes: ['sse'],
    reasons: ['attempt-timeout', 'deadline', 'ok'],
    expected: { outcome: 'slow' },
    steps: (context) => {
      const msPerToken = context.options.everyMs ?? 500
      return answerSteps(context.completion, { ...context, pace: { ...context.pace, msPerToken } })
    },
  },
  {
    id: 'giant-stream',
    summary: 'tokens without an end, as fast as they are taken',
    modes: ['sse'],
    reasons: ['too-large'],
    expected: fault({ kind: 'too-large' }),
    steps: ({ completion }) => [
      { do: 'head', status: 200, headers: sseHeaders },
      {
        do: 'flood',
        bytes: chunk(completion, { content: 'again and again '.repeat(250) }),
        times: 10_000,
        tokens: 1_000,
      },
      { do: 'end' },
    ],
  },
]

/** The answer up to the token after which it fails. */
export function firstHalf(context: FaultContext): Step[] {
  const steps = answerSteps(context.completion, context)
  const total = steps.filter(isToken).length
  let left = context.options.afterTokens ?? Math.min(8, Math.ceil(total / 2))
  const end = steps.findIndex((step) => isToken(step) && left-- <= 0)
  return steps.slice(0, end === -1 ? steps.findLastIndex(isToken) + 1 : end)
}

export function isToken(step: Step): boolean {
  return step.do === 'write' && (step.tokens ?? 0) > 0
}
