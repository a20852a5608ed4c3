import { type Clock, sleep, systemClock } from '../base/clock.ts'
import { type FaultEvidence, ModelFault } from '../model/fault.ts'
import type { ToolCall } from '../model/message.ts'
import type {
  AttemptOptions,
  Model,
  ModelCapabilities,
  ModelEvent,
  ModelRequest,
  ModelResult,
} from '../model/model.ts'
import type { Usage } from '../model/usage.ts'

/**
 * One step of what a scripted model does with a request: an event that it gives, or
 * - `wait`: nothing happens for `ms` on the model's clock
 * - `hang`: nothing happens any more
 * - `fault`: it fails as a provider does
 * - `throw`: it fails as a broken program does
 *
 * A script that ends without `finish` fails with a `cut`, as the port of models demands.
 */
export type ScriptStep =
  | ModelEvent
  | { readonly type: 'wait'; readonly ms: number }
  | { readonly type: 'hang' }
  | { readonly type: 'fault'; readonly evidence: FaultEvidence }
  | { readonly type: 'throw'; readonly error: unknown }

export type Script = readonly ScriptStep[]

export interface ScriptedModelOptions {
  /** One script for all requests, one after the other (the last stays), or one chosen by the request. */
  readonly script: Script | readonly Script[] | ((call: ScriptedCall) => Script)
  /** Default: the machine's. In tests a fake one. */
  readonly clock?: Clock
  /** Default `scripted`. */
  readonly provider?: string
  /** Default `scripted-1`. */
  readonly id?: string
  readonly account?: string
  /** Default: follows JSON schemas, takes no prefill. */
  readonly capabilities?: Partial<ModelCapabilities>
  /** Goes on with its script after an abort, as a broken client does. Default false. */
  readonly ignoresAbort?: boolean
}

/** A model that does what its script says, and remembers what it was asked. */
export interface ScriptedModel extends Model {
  /** All requests so far, oldest first. */
  readonly calls: readonly ScriptedCall[]
  /** Requests that have not ended: what a leak looks like. */
  readonly open: number
}

/** One request to a scripted model. */
export interface ScriptedCall {
  /** From 1. */
  readonly number: number
  readonly request: ModelRequest
  readonly headers: Readonly<Record<string, string>>
  readonly stream: boolean
  readonly startedAtMs: number
  /** Steps that the reader has pulled so far. */
  readonly pulled: number
  /** `left`: its reader went away before the end. */
  readonly state: 'open' | 'finished' | 'failed' | 'aborted' | 'left'
  readonly endedAtMs: number | undefined
}

type Recorded = { -readonly [Key in keyof ScriptedCall]: ScriptedCall[Key] }

/**
 * A model scripted as data, for tests of whatever calls models.
 *
 * @example
 * const clock = createFakeClock()
 * const primary = scriptedModel({ clock, script: [{ type: 'fault', evidence: { kind: 'cut' } }] })
 * const fallback = scriptedModel({ clock, script: says('Hello.', { firstMs: 200 }) })
 * const model = protect([primary, fallback], { clock })
 */
export function scriptedModel(options: ScriptedModelOptions): ScriptedModel {
  const { clock = systemClock, provider = 'scripted', id = 'scripted-1' } = options
  const calls: Recorded[] = []

  async function* play(request: ModelRequest, attempt: AttemptOptions, stream: boolean) {
    const call = record(request, attempt, stream)
    const signal = options.ignoresAbort ? undefined : attempt.signal
    try {
      signal?.throwIfAborted()
      for (const step of scriptFor(options.script, call)) {
        const event = await take(step, signal)
        signal?.throwIfAborted()
        if (!event) continue
        call.pulled++
        // Whole from here on, also for a reader that leaves with its last event.
        if (event.type === 'finish') call.state = 'finished'
        yield event
        if (event.type === 'finish') return
      }
      throw new ModelFault({ provider, id }, { kind: 'cut' })
    } catch (error) {
      call.state = signal?.aborted ? 'aborted' : 'failed'
      throw error
    } finally {
      if (call.state === 'open') call.state = attempt.signal.aborted ? 'aborted' : 'left'
      call.endedAtMs = clock.now()
    }
  }

  function record(request: ModelRequest, { headers = {} }: AttemptOptions, stream: boolean) {
    const call: Recorded = {
      number: calls.length + 1,
      request,
      headers,
      stream,
      startedAtMs: clock.now(),
      pulled: 0,
      state: 'open',
      endedAtMs: undefined,
    }
    calls.push(call)
    return call
  }

  async function take(step: ScriptStep, signal?: AbortSignal): Promise<ModelEvent | undefined> {
    switch (step.type) {
      case 'wait':
        return sleep(clock, step.ms, signal).then(() => undefined)
      case 'hang':
        return hang(signal)
      case 'fault':
        throw new ModelFault({ provider, id }, step.evidence)
      case 'throw':
        throw step.error
      default:
        return step
    }
  }

  return {
    provider,
    id,
    ...(options.account !== undefined && { account: options.account }),
    capabilities: { structuredOutput: 'json-schema', prefill: false, ...options.capabilities },
    generate: (request, attempt) => collect(play(request, attempt, false)),
    stream: (request, attempt) => play(request, attempt, true),
    calls,
    get open() {
      return calls.filter(({ state }) => state === 'open').length
    },
  }
}

export interface SaysOptions {
  /** Before the first piece of text. Default 0. */
  readonly firstMs?: number
  /** Between two pieces. Default 0. */
  readonly chunkMs?: number
  /** Characters in a piece. Default: words, each with the space before it. */
  readonly chunkLength?: number
  /** The provider does not say where this is not given. */
  readonly usage?: Usage
  readonly servedModel?: string
  readonly fingerprint?: string
}

/** The script of a whole answer: the text in pieces, and `stop`. */
export function says(text: string, options: SaysOptions = {}): Script {
  const { firstMs = 0, chunkMs = 0, usage, servedModel, fingerprint } = options
  const response = {
    ...(servedModel !== undefined && { servedModel }),
    ...(fingerprint !== undefined && { fingerprint }),
  }
  const script: ScriptStep[] = [{ type: 'response-started', response }]
  for (const [index, piece] of inPieces(text, options.chunkLength).entries()) {
    const ms = index === 0 ? firstMs : chunkMs
    if (ms > 0) script.push({ type: 'wait', ms })
    script.push({ type: 'text-delta', text: piece })
  }
  script.push({ type: 'finish', finishReason: 'stop', response, ...(usage && { usage }) })
  return script
}

/** The script of a failure, after some time. */
export function fails(evidence: FaultEvidence, afterMs = 0): Script {
  const fault = { type: 'fault', evidence } as const
  return afterMs > 0 ? [{ type: 'wait', ms: afterMs }, fault] : [fault]
}

/** The beginning of a script: its first `pieces` pieces of text and all that comes before and between. */
export function cutAfter(script: Script, pieces: number, end: ScriptStep): Script {
  const kept: ScriptStep[] = []
  let seen = 0
  for (const step of script) {
    if (step.type === 'finish' || (step.type === 'text-delta' && ++seen > pieces)) break
    kept.push(step)
  }
  return [...kept, end]
}

function inPieces(text: string, length?: number): readonly string[] {
  if (length === undefined) return text.match(/\s*\S+|\s+$/g) ?? []
  const pieces: string[] = []
  for (let at = 0; at < text.length; at += length) pieces.push(text.slice(at, at + length))
  return pieces
}

function scriptFor(script: ScriptedModelOptions['script'], call: ScriptedCall): Script {
  if (typeof script === 'function') return script(call)
  return isListOfScripts(script) ? (script[call.number - 1] ?? script.at(-1) ?? []) : script
}

function isListOfScripts(script: Script | readonly Script[]): script is readonly Script[] {
  return Array.isArray(script[0])
}

/** Never resolves; rejects with the signal's reason. */
function hang(signal: AbortSignal | undefined): Promise<undefined> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

async function collect(events: AsyncIterable<ModelEvent>): Promise<ModelResult> {
  let text = ''
  const toolCalls: ToolCall[] = []
  for await (const event of events) {
    if (event.type === 'text-delta') text += event.text
    else if (event.type === 'tool-call') toolCalls.push(event.toolCall)
    else if (event.type === 'finish') {
      const { type: _type, ...end } = event
      return { ...end, text, toolCalls }
    }
  }
  throw new TypeError('A script that ends without finish throws before this.')
}
