import {
  answerSteps,
  completionBody,
  doneLine,
  jsonHeaders,
  outputTokensOf,
  sseEvent,
  sseHeaders,
} from '../completion.ts'
import {
  bothModes,
  type ExpectedOutcome,
  type FaultContext,
  type PartialEvidence,
  type RehearsalFault,
} from '../fault.ts'
import type { Step } from '../step.ts'

const fault = (evidence: PartialEvidence): ExpectedOutcome => ({ outcome: 'fault', evidence })

/** A body with status 200 that is sent at once, whatever was asked for. */
function body(
  text: string | Buffer,
  headers: Readonly<Record<string, string>> = jsonHeaders,
): Step[] {
  const length = String(Buffer.byteLength(text))
  return [
    { do: 'head', status: 200, headers: { ...headers, 'content-length': length } },
    { do: 'write', bytes: text },
    { do: 'end' },
  ]
}

const wholeBody = ({ completion }: FaultContext): string =>
  JSON.stringify(completionBody(completion))

/** Status 200, and a body that is not the protocol, or not all of it. */
export const bodyFaults: readonly RehearsalFault[] = [
  {
    id: 'broken-json',
    summary: 'status 200 with half of a JSON body that ends in good order',
    modes: bothModes,
    reasons: ['garbage'],
    expected: fault({ kind: 'protocol', problem: 'bad-json' }),
    steps: (context) => {
      const text = wholeBody(context)
      return body(text.slice(0, Math.floor(text.length / 2)))
    },
  },
  {
    id: 'html',
    summary: 'status 200 with the page of a captive portal',
    modes: bothModes,
    reasons: ['garbage'],
    expected: fault({ kind: 'protocol', problem: 'html' }),
    steps: () =>
      body(
        '<!doctype html><html><head><title>Sign in</title></head><body>Please sign in.</body></html>',
        {
          'content-type': 'text/html; charset=utf-8',
        },
      ),
  },
  {
    id: 'plain-text',
    summary: 'status 200 with a line of plain text',
    modes: bothModes,
    reasons: ['garbage'],
    expected: fault({ kind: 'protocol', problem: 'bad-content-type' }),
    steps: () =>
      body('upstream connect error or disconnect/reset before headers', {
        'content-type': 'text/plain',
      }),
  },
  {
    id: 'error-object',
    summary: 'status 200 with an error object',
    modes: bothModes,
    reasons: ['server-error'],
    expected: fault({ kind: 'error-event' }),
    steps: () => body('{"error":{"code":502,"message":"Provider returned error"}}'),
  },
  {
    id: 'empty-body',
    summary: 'status 200 with nothing behind it',
    modes: bothModes,
    reasons: ['garbage', 'empty'],
    expected: fault({ kind: 'protocol', problem: 'empty-body' }),
    steps: ({ mode }) => body('', mode === 'sse' ? sseHeaders : jsonHeaders),
  },
  {
    id: 'no-choices',
    summary: 'status 200 with an empty list of choices',
    modes: bothModes,
    reasons: ['garbage', 'empty'],
    expected: fault({ kind: 'protocol', problem: 'no-choices' }),
    steps: ({ completion, mode }) => {
      const value = { ...completionBody(completion), choices: [] }
      return mode === 'json'
        ? body(JSON.stringify(value))
        : body(sseEvent(value) + doneLine, sseHeaders)
    },
  },
  {
    id: 'invalid-utf8-body',
    summary: 'a byte of the body is no UTF-8',
    modes: ['json'],
    reasons: ['garbage'],
    expected: fault({ kind: 'protocol', problem: 'bad-utf8' }),
    steps: (context) => {
      const text = wholeBody(context)
      const at = text.indexOf('"content":') + 11
      return body(
        Buffer.concat([
          Buffer.from(text.slice(0, at)),
          Buffer.from([0xff]),
          Buffer.from(text.slice(at)),
        ]),
      )
    },
  },
  {
    id: 'json-instead-of-sse',
    summary: 'a JSON body where a stream was asked for',
    modes: ['sse'],
    reasons: ['ok'],
    expected: { outcome: 'answer' },
    steps: (context) => answerSteps(context.completion, { ...context, mode: 'json' }),
  },
  {
    id: 'usage-missing',
    summary: 'nothing is said of tokens',
    modes: bothModes,
    reasons: ['ok'],
    expected: { outcome: 'answer' },
    steps: (context) => {
      if (context.mode === 'sse') {
        return answerSteps(context.completion, { ...context, includeUsage: false })
      }
      const { usage: _usage, ...rest } = completionBody(context.completion)
      return body(JSON.stringify(rest))
    },
  },
  {
    id: 'giant-body',
    summary: 'a body of 40 MB',
    modes: ['json'],
    reasons: ['too-large'],
    expected: fault({ kind: 'too-large' }),
    steps: () => [
      { do: 'head', status: 200, headers: jsonHeaders },
      { do: 'write', bytes: '{"choices":[{"index":0,"message":{"role":"assistant","content":"' },
      { do: 'flood', bytes: 'again '.repeat(10_000), times: 667, tokens: 20_000 },
      { do: 'write', bytes: '"},"finish_reason":"stop"}]}' },
      { do: 'end' },
    ],
  },
  {
    id: 'reset-mid-body',
    summary: 'the connection is reset in the middle of a JSON body',
    modes: ['json'],
    reasons: ['cut'],
    expected: fault({ kind: 'cut' }),
    steps: (context) => [...halfBody(context), { do: 'flush' }, { do: 'reset' }],
  },
  {
    id: 'stall-mid-body',
    summary: 'half of a JSON body, and then nothing',
    modes: ['json'],
    reasons: ['first-content-timeout', 'idle-timeout', 'attempt-timeout'],
    expected: { outcome: 'silence', after: 'headers' },
    steps: (context) => [...halfBody(context), { do: 'hang' }],
  },
]

function halfBody(context: FaultContext): Step[] {
  const text = wholeBody(context)
  const headers = { ...jsonHeaders, 'content-length': String(Buffer.byteLength(text)) }
  const tokens = outputTokensOf(context.completion)
  return [
    { do: 'head', status: 200, headers },
    { do: 'write', bytes: text.slice(0, Math.floor(text.length / 2)), tokens },
  ]
}
