import { isRecord } from '../../../base/json.ts'
import { answerSteps, type Completion } from '../completion.ts'
import {
  bothModes,
  type ExpectedOutcome,
  type FaultContext,
  type RehearsalFault,
} from '../fault.ts'
import { tokensOf } from '../tokens.ts'

/** A fault in what the answer says: the protocol around it is in good order. */
interface ContentFault {
  readonly id: string
  readonly summary: string
  readonly reasons: RehearsalFault['reasons']
  readonly expected: ExpectedOutcome
  readonly change: (context: FaultContext) => Partial<Completion>
}

const finishes = (finishReason: 'length' | 'content-filter' | 'refusal'): ExpectedOutcome => ({
  outcome: 'finish',
  finishReason,
})

const definitions: readonly ContentFault[] = [
  {
    id: 'length',
    summary: 'the answer stops at the limit of tokens',
    reasons: ['length'],
    expected: finishes('length'),
    change: (context) => ({ text: begun(context), finishReason: 'length' }),
  },
  {
    id: 'content-filter',
    summary: 'a filter stops the answer in the middle',
    reasons: ['content-filter'],
    expected: finishes('content-filter'),
    change: (context) => ({ text: begun(context), finishReason: 'content_filter' }),
  },
  {
    id: 'refusal',
    summary: 'the model declines, in a field of its own',
    reasons: ['refusal'],
    expected: finishes('refusal'),
    change: () => ({ text: '', refusal: 'I cannot help with that.', toolCalls: [] }),
  },
  {
    id: 'empty-content',
    summary: 'nothing is said, and that with `stop`',
    reasons: ['empty'],
    expected: { outcome: 'wrong-answer' },
    change: () => ({ text: '', toolCalls: [], finishReason: 'stop' }),
  },
  {
    id: 'only-reasoning',
    summary: 'the model thinks and says nothing',
    reasons: ['empty'],
    expected: { outcome: 'wrong-answer' },
    change: () => ({
      text: '',
      toolCalls: [],
      reasoning: 'The user asks something. I should answer.',
      finishReason: 'stop',
    }),
  },
  {
    id: 'wrong-model',
    summary: 'another model answers than the one asked for',
    reasons: ['wrong-model', 'ok'],
    expected: { outcome: 'answer' },
    change: ({ completion }) => ({ model: `${completion.model}-lite` }),
  },
  {
    id: 'schema-invalid',
    summary: 'the JSON is sound and its values are garbage',
    reasons: ['invalid-output'],
    expected: { outcome: 'wrong-answer' },
    change: ({ completion }) => ({ text: spoil(completion.text) }),
  },
  {
    id: 'prose-instead-of-json',
    summary: 'the model chats where it was asked for JSON',
    reasons: ['invalid-output'],
    expected: { outcome: 'wrong-answer' },
    change: () => ({
      text: 'Sure! I will gladly help you with that. What would you like to know?',
    }),
  },
  {
    id: 'broken-tool-arguments',
    summary: 'a tool is called with arguments that are cut',
    reasons: ['broken-tool-call'],
    expected: { outcome: 'wrong-answer' },
    change: () => ({
      text: '',
      toolCalls: [{ id: 'call_rehearsal', name: 'lookup', arguments: '{"city": "Par' }],
      finishReason: 'tool_calls',
    }),
  },
]

export const contentFaults: readonly RehearsalFault[] = definitions.map(
  ({ id, summary, reasons, expected, change }) => ({
    id,
    summary,
    modes: bothModes,
    reasons,
    expected,
    steps: (context) => answerSteps({ ...context.completion, ...change(context) }, context),
  }),
)

/** The first half of the answer. */
function begun({ completion, options }: FaultContext): string {
  const tokens = tokensOf(completion.text)
  const kept = options.afterTokens ?? Math.min(8, Math.ceil(tokens.length / 2))
  return tokens.slice(0, kept).join('')
}

/** The same JSON with values of wrong types and one key missing; a text that is not JSON becomes noise. */
function spoil(text: string): string {
  try {
    const value: unknown = JSON.parse(text)
    if (isRecord(value)) return JSON.stringify(spoilRecord(value))
  } catch {
    // It is a text, which no schema holds to anything; noise is the worst that can be made of it.
  }
  return '%%% ??? ###'
}

function spoilRecord(value: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(value).map(([key, each]): [string, unknown] => [
    key,
    spoilValue(each),
  ])
  return Object.fromEntries(entries.length > 1 ? entries.slice(0, -1) : entries)
}

function spoilValue(value: unknown): unknown {
  if (typeof value === 'number') return 'quite a lot'
  if (typeof value === 'string') return ['???', value]
  return typeof value === 'boolean' ? 'perhaps' : 17
}
