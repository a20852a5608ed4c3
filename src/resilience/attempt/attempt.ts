import { HoldfastError, isHoldfastError } from '../../base/errors.ts'
import type { Span } from '../../base/telemetry-port.ts'
import type { AttemptCause, AttemptRecord } from '../../model/answer.ts'
import { type FaultEvidence, isModelFault, ModelFault } from '../../model/fault.ts'
import type { ToolCall } from '../../model/message.ts'
import type { ModelEvent, ModelRequest, ModelResult, ResponseIdentity } from '../../model/model.ts'
import type { Usage } from '../../model/usage.ts'
import { classify } from '../classify/classify.ts'
import { type Diagnosis, diagnose } from '../classify/diagnosis.ts'
import type { Settings } from '../settings.ts'
import type { Target } from '../target.ts'
import type { Leave } from './admit.ts'
import { closeAttemptSpan, openAttemptSpan } from './attempt-span.ts'
import { ContentClock, type ContentLimits } from './content-clock.ts'
import { estimateUsage, mayHaveWorked } from './estimate-usage.ts'
import { Interruptible } from './interruptible.ts'
import { isGarbled, isOtherModel, judgeEnding, judgeToolCall } from './judge.ts'
import { askModel } from './model-source.ts'
import type { TextGate } from './text-gate.ts'

export interface AttemptSpec {
  readonly attempt: number
  readonly why: AttemptCause
  readonly target: Target
  readonly request: ModelRequest
  readonly promptChars: number
  readonly stream: boolean
  readonly headers: Readonly<Record<string, string>> | undefined
  readonly limits: ContentLimits
  /** A deadline that ends an attempt which waited at least this long is the model's failure. */
  readonly blameAfterMs: number
  readonly gate: TextGate
  readonly leave: Leave
  /** Ends the attempt when it aborts, whoever reads it or does not. */
  readonly signal: AbortSignal
  readonly span: Span | undefined
}

/** What an attempt gives next. After `finished` or `failed` it gives the same again. */
export type AttemptStep =
  | { readonly type: 'text-delta' | 'reasoning-delta'; readonly text: string }
  | { readonly type: 'finished'; readonly result: ModelResult }
  | { readonly type: 'failed'; readonly diagnosis: Diagnosis }

/**
 * One try at one model, pulled step by step: nothing is asked of the provider that the reader has not
 * asked for.
 *
 * Invariants:
 * 1. It settles exactly once, at the moment it ends, whoever ends it: the reader's last step, a clock, a
 *    cancel, or an abort while nobody reads. Settling gives the leave back, ends the span and fixes usage.
 * 2. Every end but a whole answer aborts the provider in the same turn.
 * 3. Between two steps it holds no timer.
 */
export class Attempt {
  readonly spec: AttemptSpec
  readonly #settings: Settings
  readonly #clock: ContentClock
  readonly #wait: Interruptible
  readonly #controller = new AbortController()
  readonly #toolCalls: ToolCall[] = []
  #source: AsyncIterator<ModelEvent> | undefined
  #span: Span | undefined
  #startedAtMs: number | undefined
  #firstContentMs: number | undefined
  #response: ResponseIdentity = {}
  #usage: Usage | undefined
  #outputChars = 0
  #outputBytes = 0
  /** It was sent, and nobody said whether the model has worked. */
  #isUnknown = false
  #end: Extract<AttemptStep, { type: 'finished' | 'failed' }> | undefined
  #record: AttemptRecord | undefined

  constructor(spec: AttemptSpec, settings: Settings) {
    this.spec = spec
    this.#settings = settings
    this.#clock = new ContentClock(spec.limits)
    this.#wait = new Interruptible(settings.clock)
    if (spec.signal.aborted) this.#followAbort()
    else spec.signal.addEventListener('abort', this.#followAbort, { once: true })
  }

  /** What became of it; undefined while it runs. */
  get record(): AttemptRecord | undefined {
    return this.#record
  }

  /** The next piece of the answer, its end, or its failure; never rejects. */
  async next(): Promise<AttemptStep> {
    while (!this.#end) {
      const event = await this.#pull()
      const step = event && this.#take(event)
      if (step) return step
    }
    return this.#end
  }

  /** Ends the attempt for a reason of the caller's. Nothing happens where it has ended. */
  cancel(reason: unknown): void {
    this.#fail(this.#diagnoseAbort(reason), reason)
  }

  readonly #followAbort = (): void => this.cancel(this.spec.signal.reason)

  async #pull(): Promise<ModelEvent | undefined> {
    const { clock } = this.#settings
    const nowMs = clock.now()
    const limit = this.#clock.begin(nowMs)
    if (limit.ms <= 0) return this.#failAtLimit(limit.reason)
    try {
      const item = await this.#wait.wait(this.#ask(nowMs).next(), limit.ms, limitReached)
      this.#clock.end(clock.now())
      if (!item.done) return item.value
      return this.#failBy(new ModelFault(this.spec.target.model, { kind: 'cut' }))
    } catch (thrown) {
      this.#clock.end(clock.now())
      return thrown === limitReached ? this.#failAtLimit(limit.reason) : this.#failBy(thrown)
    }
  }

  /** Sends the request, at the first pull. */
  #ask(nowMs: number): AsyncIterator<ModelEvent> {
    if (this.#source) return this.#source
    const { target, request, stream, headers, span, attempt, why } = this.spec
    const { model } = target
    this.#startedAtMs = nowMs
    this.#span = span && openAttemptSpan(span, { attempt, why, model, request, stream })
    const { signal } = this.#controller
    this.#source = askModel(model, request, { signal, stream, ...(headers && { headers }) })
    return this.#source
  }

  #take(event: ModelEvent): AttemptStep | undefined {
    switch (event.type) {
      case 'response-started':
        return this.#identify(event.response)
      case 'text-delta':
        return this.#takeText(event.text)
      case 'reasoning-delta':
        if (event.text === '' || !this.#grow(event.text)) return undefined
        return event
      case 'tool-call':
        return this.#takeToolCall(event.toolCall)
      case 'finish':
        return this.#takeFinish(event)
    }
  }

  #identify(response: ResponseIdentity): undefined {
    this.#response = { ...this.#response, ...response }
    const { servedModel } = this.#response
    const { model, local } = this.spec.target
    if (servedModel === undefined) return
    const isNew = local.addServedModel(servedModel)
    if (!isOtherModel(model.id, servedModel)) return
    const detail = `The provider served ${servedModel} instead of ${model.id}.`
    if (isNew) this.#settings.telemetry.log('warn', detail, { provider: model.provider })
    if (this.#settings.blockWrongModel) this.#fail(diagnose('wrong-model', detail))
  }

  #takeText(text: string): AttemptStep | undefined {
    if (text === '' || !this.#grow(text)) return undefined
    if (isGarbled(text, this.spec.request)) {
      return this.#fail(
        diagnose('garbage', 'The answer holds characters broken on the way (U+FFFD).'),
      )
    }
    this.#span?.progress?.(text)
    const released = this.spec.gate.push(text)
    if (released === undefined) return this.#failSeam()
    return released === '' ? undefined : { type: 'text-delta', text: released }
  }

  #takeToolCall(toolCall: ToolCall): undefined {
    if (!this.#grow(toolCall.name + toolCall.arguments)) return
    const broken = judgeToolCall(toolCall, this.spec.request)
    if (broken) this.#fail(broken)
    else this.#toolCalls.push(toolCall)
  }

  #takeFinish(finish: Extract<ModelEvent, { type: 'finish' }>): AttemptStep | undefined {
    this.#usage = finish.usage
    this.#identify(finish.response)
    if (this.#end) return undefined
    const held = this.spec.gate.end()
    if (held === undefined) return this.#failSeam()
    const { type: _type, usage, response, ...ending } = finish
    const answer = { ...ending, text: this.spec.gate.text, toolCalls: this.#toolCalls }
    // A continuation is judged by what it adds: nothing more, with a good end, is no whole answer.
    const failure = judgeEnding({ ...answer, text: this.spec.gate.added })
    if (failure) return this.#fail(failure)
    this.#finish({ ...answer, response: this.#response, ...(usage && { usage }) })
    // Text that was held back is given before the end.
    return held === '' ? undefined : { type: 'text-delta', text: held }
  }

  /** Counts a piece of content; false where the answer has grown too large by it. */
  #grow(text: string): boolean {
    const nowMs = this.#settings.clock.now()
    if (!this.#clock.hasContent) this.#firstContentMs = nowMs - (this.#startedAtMs ?? nowMs)
    this.#clock.content(nowMs)
    this.#outputChars += text.length
    this.#outputBytes += Buffer.byteLength(text)
    const { maxOutputBytes } = this.#settings
    if (this.#outputBytes <= maxOutputBytes) return true
    this.#failBy(
      new ModelFault(this.spec.target.model, { kind: 'too-large', limitBytes: maxOutputBytes }),
    )
    return false
  }

  #finish(result: ModelResult): void {
    this.#end = { type: 'finished', result }
    this.#settle('ok', result)
    this.#leaveSource()
  }

  #failSeam(): undefined {
    const detail = 'The continuation does not take up the text that was delivered.'
    this.#fail(diagnose('garbage', detail, { scope: 'request', retry: 'next' }))
  }

  #failBy(thrown: unknown): undefined {
    this.#isUnknown = isModelFault(thrown) && isLostRequest(thrown.evidence)
    this.#fail(classify(thrown, this.#settings.clock.now()), thrown)
  }

  #failAtLimit(reason: Diagnosis['reason']): undefined {
    if (reason === 'deadline') return this.#fail(this.#diagnoseDeadline())
    const waitedMs = Math.round(this.#clock.waitedMs(this.#settings.clock.now()))
    this.#fail(diagnose(reason, `Given up after ${waitedMs} ms (${reason}).`))
  }

  #fail(diagnosis: Diagnosis, cause?: unknown): undefined {
    if (this.#end) return
    this.#end = { type: 'failed', diagnosis }
    const reason = cause ?? this.#givenUp(diagnosis)
    this.#controller.abort(reason)
    this.#settle(diagnosis, undefined, reason)
    this.#wait.interrupt(reason)
    this.#leaveSource()
  }

  #diagnoseAbort(reason: unknown): Diagnosis {
    if (isHoldfastError(reason, 'DEADLINE_EXCEEDED')) return this.#diagnoseDeadline()
    if (!isHoldfastError(reason, 'MODEL_FAILED')) {
      return diagnose('aborted', 'The attempt was cancelled.')
    }
    // Any other reason is the failure of a call around this one, and says nothing about this model.
    const isInvalid = reason.data.reason === 'invalid-output'
    return diagnose(isInvalid ? 'invalid-output' : 'aborted', reason.message)
  }

  #diagnoseDeadline(): Diagnosis {
    const isToBlame = this.#clock.waitedMs(this.#settings.clock.now()) >= this.spec.blameAfterMs
    const scope = isToBlame ? 'model' : 'request'
    return diagnose('deadline', 'The deadline came before the end of the answer.', { scope })
  }

  #settle(outcome: 'ok' | Diagnosis, result?: ModelResult, error?: unknown): void {
    const nowMs = this.#settings.clock.now()
    const startedAtMs = this.#startedAtMs
    const usage = this.#usageOf(outcome)
    this.spec.signal.removeEventListener('abort', this.#followAbort)
    this.#remember(outcome, nowMs)
    this.#record = this.#describe(outcome, nowMs, usage)
    const isUnknown = this.#isUnknown && usage === undefined
    this.spec.leave.settle({ outcome, startedAtMs, usage, isUnknown })
    if (!this.#span) return
    closeAttemptSpan(this.#span, {
      stream: this.spec.stream,
      usage,
      response: this.#response,
      firstContentMs: this.#firstContentMs,
      result,
      error,
      reason: outcome === 'ok' ? undefined : outcome.reason,
    })
  }

  #usageOf(outcome: 'ok' | Diagnosis): Usage | undefined {
    if (this.#usage || this.#startedAtMs === undefined) return this.#usage
    const worked = outcome === 'ok' || this.#clock.hasContent || mayHaveWorked(outcome.reason)
    return worked ? estimateUsage(this.spec.promptChars, this.#outputChars) : undefined
  }

  /** Adds to what is known of the model's speed; a time-out counts as at least that slow. */
  #remember(outcome: 'ok' | Diagnosis, nowMs: number): void {
    const { local } = this.spec.target
    const reason = outcome === 'ok' ? outcome : outcome.reason
    const waitedMs = this.#clock.waitedMs(nowMs)
    if (this.spec.stream) {
      const firstMs = reason === 'first-content-timeout' ? waitedMs : this.#firstContentMs
      if (firstMs !== undefined) local.addFirstContent(this.spec.promptChars, firstMs, nowMs)
    }
    if (reason === 'ok' || reason === 'attempt-timeout') local.answer.add(waitedMs, nowMs)
  }

  #describe(outcome: 'ok' | Diagnosis, nowMs: number, usage: Usage | undefined): AttemptRecord {
    const { attempt, why, target } = this.spec
    const startedAtMs = this.#startedAtMs ?? nowMs
    const firstContentMs = this.#firstContentMs
    const { servedModel, fingerprint } = this.#response
    return {
      attempt,
      why,
      provider: target.model.provider,
      model: target.model.id,
      outcome: outcome === 'ok' ? outcome : outcome.reason,
      ...(outcome !== 'ok' && { detail: outcome.detail }),
      startedAtMs,
      durationMs: Math.round(nowMs - startedAtMs),
      ...(firstContentMs !== undefined && { firstContentMs: Math.round(firstContentMs) }),
      ...(usage && { usage }),
      ...(servedModel !== undefined && { servedModel }),
      ...(fingerprint !== undefined && { fingerprint }),
    }
  }

  /** Lets the model's iterator end; it may hang or throw, and nobody waits for it. */
  #leaveSource(): void {
    const leave = async () => this.#source?.return?.()
    leave().catch(() => undefined)
  }

  #givenUp({ reason, detail }: Diagnosis): HoldfastError {
    const { provider, id } = this.spec.target.model
    const data = { provider, model: id, reason }
    return new HoldfastError('MODEL_FAILED', `${provider}/${id}: ${detail}`, data)
  }
}

function isLostRequest(evidence: FaultEvidence): boolean {
  return evidence.kind === 'network' && evidence.sent
}

/** Thrown into a wait whose limit has passed; no model can throw it. */
const limitReached = Symbol('limit reached')
