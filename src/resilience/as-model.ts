import { AsyncLocalStorage } from 'node:async_hooks'
import { startDeadline } from '../base/deadline.ts'
import { HoldfastError } from '../base/errors.ts'
import type { Span } from '../base/telemetry-port.ts'
import { callSpanPrefix, own } from '../model/conventions.ts'
import type {
  AttemptOptions,
  FinishReason,
  Model,
  ModelCapabilities,
  ModelEvent,
  ModelRequest,
  ModelResult,
} from '../model/model.ts'
import { closeCallSpan } from './call/call-span.ts'
import type { CallEvent, CallOptions, CallOutcome } from './call-event.ts'
import type { Settings } from './settings.ts'

export type MakeCall = (
  request: ModelRequest,
  options: CallOptions & { readonly mayReset: boolean },
) => AsyncIterable<CallEvent>

/**
 * The port to a model, over protected calls: whoever takes a model takes a protected one. What is not a
 * whole answer throws NO_ANSWER; an answer that stopped at its length limit ends with `length` where the
 * policy takes it. A stream cannot take text back, so a call that would have to restart fails instead.
 */
export function asModel(
  models: readonly Model[],
  settings: Settings,
  { name, makeCall }: { readonly name: string; readonly makeCall: MakeCall },
): Pick<Model, 'capabilities' | 'generate' | 'stream'> {
  /** A call from a pipeline has the pipeline's span around it; this one stands alone. */
  const openSpan = () =>
    settings.telemetry.startTrace(callSpanPrefix + name, { [own.pipeline]: name })

  async function* events(
    request: ModelRequest,
    options: AttemptOptions,
    { stream, open }: { readonly stream: boolean; readonly open: () => Span },
  ) {
    const { signal, headers } = options
    const span = open()
    const deadline = startDeadline(settings.clock, settings.timeout.totalMs, signal)
    try {
      const call = { deadline, stream, span, mayReset: !stream, ...(headers && { headers }) }
      for await (const event of makeCall(request, call)) {
        if (event.type === 'call-finished') closeCallSpan(span, event.outcome)
        yield event
      }
    } catch (error) {
      span.end(error)
      throw error
    } finally {
      span.end()
      deadline.release()
    }
  }
  async function* modelEvents(request: ModelRequest, options: AttemptOptions, open: () => Span) {
    for await (const event of events(request, options, { stream: true, open })) {
      const passed = toModelEvent(event)
      if (passed) yield passed
    }
  }

  return {
    capabilities: weakest(models),
    async generate(request, options) {
      for await (const event of events(request, options, { stream: false, open: openSpan })) {
        if (event.type === 'call-finished') return resultOf(event.outcome)
      }
      throw new Error('A protected call ended without its last event.')
    },
    stream(request, options) {
      // A reader may ask for the first event anywhere; the trace belongs to whoever made the call.
      const asCaller = AsyncLocalStorage.snapshot()
      return {
        [Symbol.asyncIterator]: () => modelEvents(request, options, () => asCaller(openSpan)),
      }
    },
  }
}

function toModelEvent(event: CallEvent): ModelEvent | undefined {
  switch (event.type) {
    case 'text-delta':
    case 'reasoning-delta':
    case 'tool-call':
      return event
    case 'call-finished': {
      const { text: _text, toolCalls: _toolCalls, ...end } = resultOf(event.outcome)
      return { type: 'finish', ...end }
    }
    default:
      return undefined
  }
}

function resultOf(outcome: CallOutcome): ModelResult {
  const { usage } = outcome
  if (outcome.status === 'complete') return { ...outcome.result, usage }
  if (outcome.status === 'partial' && outcome.reason === 'length') {
    const finishReason: FinishReason = 'length'
    return { text: outcome.text, toolCalls: [], finishReason, usage, response: {} }
  }
  const { attempts, reason, detail } = outcome
  throw new HoldfastError(
    'NO_ANSWER',
    `No model gave a whole answer after ${attempts.length} attempts. The last reason is ${reason}: ${detail} Add a fallback model, or look at the attempts in the trace.`,
    { attempts: attempts.length, lastReason: reason },
  )
}

/** What all of them can do: the request may go to any. */
function weakest(models: readonly Model[]): ModelCapabilities {
  const all = models.map(({ capabilities }) => capabilities)
  const windows = all
    .map(({ contextWindow }) => contextWindow)
    .filter((window) => window !== undefined)
  const ability = (['none', 'json', 'json-schema'] as const).find((level) =>
    all.some(({ structuredOutput }) => structuredOutput === level),
  )
  return {
    ...(windows.length > 0 && { contextWindow: Math.min(...windows) }),
    structuredOutput: ability ?? 'none',
    prefill: all.every(({ prefill }) => prefill),
    ...(all.some(({ rehearsal }) => rehearsal) && { rehearsal: true }),
  }
}
