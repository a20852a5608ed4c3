import { answerSteps, doneLine } from '../completion.ts'
import {
  bothModes,
  type ExpectedOutcome,
  type FaultContext,
  type RehearsalFault,
} from '../fault.ts'
import type { Step } from '../step.ts'
import { firstHalf, isToken } from './stream-faults.ts'

const answer: ExpectedOutcome = { outcome: 'answer' }

/** Odd ways of putting an answer into bytes: most are harmless, and a client has to take them. */
export const framingFaults: readonly RehearsalFault[] = [
  {
    id: 'no-done',
    summary: 'the reason to stop comes, `[DONE]` does not',
    modes: ['sse'],
    reasons: ['ok'],
    expected: answer,
    steps: (context) => whole(context).filter((step) => !isDone(step)),
  },
  {
    id: 'open-end',
    summary: 'the reason to stop comes, and the stream is left open',
    modes: ['sse'],
    reasons: ['ok'],
    expected: answer,
    steps: (context) => [
      ...whole(context).filter((step) => !isDone(step) && step.do !== 'end'),
      { do: 'hang' },
    ],
  },
  {
    id: 'crlf',
    summary: 'lines end with CR and LF',
    modes: ['sse'],
    reasons: ['ok'],
    expected: answer,
    steps: (context) => rewritten(context, (text) => text.replaceAll('\n', '\r\n')),
  },
  {
    id: 'multi-line-data',
    summary: 'each event comes in several data lines, with comments and ids between',
    modes: ['sse'],
    reasons: ['ok'],
    expected: answer,
    steps: (context) =>
      rewritten(context, (text) =>
        text.replaceAll(
          /^data: (\{.*\})$/gm,
          (_line, json: string) => `: note\nid: 1\n${spread(json)}`,
        ),
      ),
  },
  {
    id: 'utf8-split',
    summary: 'packets end within a character',
    modes: ['sse'],
    reasons: ['ok'],
    expected: answer,
    steps: (context) => whole(context).flatMap(splitCharacters),
  },
  {
    id: 'byte-by-byte',
    summary: 'every byte of the first tokens comes in a packet of its own',
    modes: ['sse'],
    reasons: ['ok'],
    expected: answer,
    steps: (context) => {
      const steps = whole(context)
      const first = steps.findIndex(isToken)
      return steps.flatMap((step, index) => (index === first ? splitBytes(step) : [step]))
    },
  },
  {
    id: 'duplicated-chunk',
    summary: 'one chunk comes twice, which the protocol cannot show',
    modes: ['sse'],
    reasons: ['ok'],
    expected: { outcome: 'wrong-answer' },
    steps: (context) => {
      const half = firstHalf(context)
      const last = half.findLast(isToken)
      return [...half, ...(last ? [last] : []), ...whole(context).slice(half.length)]
    },
  },
  {
    id: 'invalid-utf8',
    summary: 'a byte in the middle of the stream is no UTF-8',
    modes: ['sse'],
    reasons: ['garbage'],
    expected: { outcome: 'fault', evidence: { kind: 'protocol', problem: 'bad-utf8' } },
    steps: (context) => {
      const half = firstHalf(context)
      const bytes = Buffer.concat([
        Buffer.from('data: {"choices":[{"delta":{"content":"'),
        Buffer.from([0xc3, 0x28]),
      ])
      return [...half, { do: 'write', bytes }, ...whole(context).slice(half.length)]
    },
  },
  {
    id: 'bad-line',
    summary: 'one event of the stream is not JSON',
    modes: ['sse'],
    reasons: ['garbage'],
    expected: { outcome: 'fault', evidence: { kind: 'protocol', problem: 'bad-json' } },
    steps: (context) => {
      const half = firstHalf(context)
      return [
        ...half,
        { do: 'write', bytes: 'data: {"choices":[{"delta"\n\n' },
        ...whole(context).slice(half.length),
      ]
    },
  },
  {
    id: 'byte-cut',
    summary: 'the connection is reset at a byte of the body (`atByte`, by default in its middle)',
    modes: bothModes,
    reasons: ['cut', 'network', 'ok'],
    expected: { outcome: 'fault', evidence: { kind: 'cut' } },
    steps: (context) => cutAt(whole(context), context.options.atByte),
  },
]

function whole(context: FaultContext): Step[] {
  return answerSteps(context.completion, context)
}

function isDone(step: Step): boolean {
  return step.do === 'write' && step.bytes === doneLine
}

function rewritten(context: FaultContext, change: (text: string) => string): Step[] {
  return whole(context).map((step) =>
    step.do === 'write' ? { ...step, bytes: change(step.bytes.toString()) } : step,
  )
}

/** A JSON text over several data lines, cut where white space may stand. */
function spread(json: string): string {
  const lines = JSON.stringify(JSON.parse(json), undefined, 1).split('\n')
  return lines.map((line) => `data: ${line}`).join('\n')
}

function splitCharacters(step: Step): Step[] {
  if (step.do !== 'write') return [step]
  const bytes = Buffer.from(step.bytes)
  const inside = bytes.findIndex((byte) => byte >= 0xc0) + 1
  if (inside === 0) return [step]
  return [
    { ...step, bytes: bytes.subarray(0, inside) },
    { do: 'flush' },
    { do: 'write', bytes: bytes.subarray(inside) },
  ]
}

function splitBytes(step: Step): Step[] {
  if (step.do !== 'write') return [step]
  return [...Buffer.from(step.bytes)].flatMap((byte): Step[] => [
    { do: 'write', bytes: Buffer.from([byte]) },
    { do: 'flush' },
  ])
}

/** The steps up to a byte of the body, then a reset. The content length stays that of the whole. */
function cutAt(steps: readonly Step[], atByte: number | undefined): Step[] {
  const sizeOf = (step: Step): number => (step.do === 'write' ? Buffer.byteLength(step.bytes) : 0)
  const total = steps.reduce((sum, step) => sum + sizeOf(step), 0)
  let left = atByte ?? Math.floor(total / 2)
  const kept: Step[] = []
  for (const step of steps) {
    if (step.do === 'end') continue
    if (step.do === 'write' && sizeOf(step) > left) {
      if (left > 0) kept.push({ ...step, bytes: Buffer.from(step.bytes).subarray(0, left) })
      break
    }
    left -= sizeOf(step)
    kept.push(step)
  }
  return [...kept, { do: 'flush' }, { do: 'reset' }]
}
