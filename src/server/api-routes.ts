import type { HoldfastParts } from '../app/holdfast.ts'
import type { Clock } from '../base/clock.ts'
import { HoldfastError } from '../base/errors.ts'
import { isRecord } from '../base/json.ts'
import type { CallSummary } from '../model/live-call-event.ts'
import type { EnqueueOptions } from '../pipeline/handle.ts'
import type { AnswerRecord } from '../store/answer-store.ts'
import { findPipeline } from './find-pipeline.ts'
import { serveLiveCalls } from './live-calls.ts'
import { readJson } from './read-json.ts'
import { type Exchange, type Routes, sendJson } from './router.ts'
import { issueTicket } from './tickets.ts'
import { parseTraceParent } from './trace-parent.ts'

export interface ApiOptions {
  readonly app: HoldfastParts
  readonly clock: Clock
  readonly maxBodyBytes: number
  /** Aborts when the server stops. */
  readonly stopping: AbortSignal
}

/** The HTTP API over pipelines, answers and traces; docs/protocol.md has it as a table. */
export function apiRoutes({ app, clock, maxBodyBytes, stopping }: ApiOptions): Routes {
  return {
    'GET /v1/pipelines': ({ response }) =>
      sendJson(response, 200, { pipelines: [...app.pipelines.keys()], models: app.chosenModels }),

    'POST /v1/pipelines/:pipeline/answers': async (exchange) => {
      const { request, response, params, signal } = exchange
      const pipeline = findPipeline(app, params.pipeline ?? '')
      const body = checkBody(await readJson(request, maxBodyBytes))
      const traceParent = parseTraceParent(request.headers)
      const trace = traceParent && { traceParent }
      if (wantsToWait(exchange)) {
        const answer = await pipeline.run(body.input, { abortSignal: signal, ...trace })
        return sendJson(response, 200, answer)
      }
      const key = request.headers['idempotency-key']
      const { answerId, created } = await pipeline.enqueue(body.input, {
        ...trace,
        ...(typeof key === 'string' && { idempotencyKey: key }),
        ...body.options,
      })
      const links = linksOf(answerId)
      sendJson(response, 202, { id: answerId, created, links }, { location: links.self })
    },

    'POST /v1/pipelines/:pipeline/precompute': async ({ request, response, params }) => {
      const pipeline = findPipeline(app, params.pipeline ?? '')
      const inputs = checkInputs(await readJson(request, maxBodyBytes))
      sendJson(response, 202, { outcomes: await pipeline.precompute(inputs) })
    },

    'GET /v1/precompute': async ({ response }) =>
      sendJson(response, 200, { rules: await app.precomputeLedger() }),

    'GET /v1/answers': async ({ response, url }) => {
      const query = url.searchParams
      const records = await app.answers.list({
        ...optional('pipeline', query.get('pipeline')),
        ...optional('conversationId', query.get('conversation')),
        limit: limitOf(query.get('limit')),
      })
      sendJson(response, 200, { answers: records.map(viewOf) })
    },

    'GET /v1/answers/:answer': async ({ response, params }) =>
      sendJson(response, 200, viewOf(await findAnswer(app, params.answer ?? ''))),

    'POST /v1/answers/:answer/cancel': async ({ response, params }) => {
      const { id } = await findAnswer(app, params.answer ?? '')
      const cancelled = await app.cancel(id)
      sendJson(response, 200, { cancelled, ...viewOf(await findAnswer(app, id)) })
    },

    'POST /v1/live/tickets': async ({ request, response }) => {
      const body = await readJson(request, maxBodyBytes)
      const ticket = await issueTicket(body, { tickets: app.tickets, clock })
      sendJson(response, 201, ticket, { 'cache-control': 'no-store' })
    },

    'GET /v1/traces': async ({ response, url }) => {
      const traces = await app.traces.list({ limit: limitOf(url.searchParams.get('limit')) })
      const summaries = traces.map(
        ({ spans, ...trace }): CallSummary => ({ ...trace, spanCount: spans.length }),
      )
      sendJson(response, 200, { traces: summaries })
    },

    'GET /v1/traces/live': (exchange) => serveLiveCalls(exchange, { app, clock, stopping }),

    'GET /v1/traces/:trace': async ({ response, params }) => {
      const id = params.trace ?? ''
      const trace = await app.traces.get(id)
      if (!trace) throw notFound('trace', id)
      sendJson(response, 200, trace)
    },

    'GET /metrics': ({ response }) => {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
      response.end(app.metrics())
    },

    'GET /healthz': async ({ response }) => sendJson(response, 200, await app.health()),
  }
}

async function findAnswer(app: HoldfastParts, id: string): Promise<AnswerRecord> {
  const record = await app.answers.get(id)
  if (!record) throw notFound('answer', id)
  return record
}

function notFound(kind: string, id: string): HoldfastError<'NOT_FOUND'> {
  return new HoldfastError('NOT_FOUND', `There is no ${kind} ${JSON.stringify(id)}.`, { kind, id })
}

interface RequestBody {
  readonly input: unknown
  readonly options: Pick<EnqueueOptions, 'priority' | 'tenant'>
}

const longestTenant = 200

function checkBody(body: unknown): RequestBody {
  if (!isRecord(body) || !('input' in body)) {
    throw invalid('input', 'The body has to be {"input": …} with the input of the pipeline.')
  }
  const { input, priority, tenant } = body
  if (priority !== undefined && !isPriority(priority)) {
    throw invalid('priority', 'priority has to be a whole number from 0, the most urgent, to 15.')
  }
  if (tenant !== undefined && !isTenant(tenant)) {
    throw invalid('tenant', `tenant has to be a text of 1 to ${longestTenant} characters.`)
  }
  return {
    input,
    options: {
      ...(priority !== undefined && { priority }),
      ...(tenant !== undefined && { tenant }),
    },
  }
}

/** Above the least urgent all are alike. */
function isPriority(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isTenant(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= longestTenant
}

const mostInputs = 20

function checkInputs(body: unknown): readonly unknown[] {
  const inputs = isRecord(body) ? body.inputs : undefined
  if (Array.isArray(inputs) && inputs.length <= mostInputs) return inputs
  throw invalid(
    'inputs',
    `The body has to be {"inputs": […]} with at most ${mostInputs} inputs of the pipeline.`,
  )
}

function invalid(path: string, message: string): HoldfastError<'INVALID_INPUT'> {
  return new HoldfastError('INVALID_INPUT', message, { issues: [{ path, message }] })
}

/** `Prefer: wait` (RFC 7240) or `?wait=true` asks for the answer in the response. */
function wantsToWait({ request, url }: Exchange): boolean {
  const { prefer } = request.headers
  return (
    url.searchParams.get('wait') === 'true' ||
    (typeof prefer === 'string' && /\bwait\b/.test(prefer))
  )
}

function linksOf(answerId: string) {
  const self = `/v1/answers/${answerId}`
  return { self, events: `${self}/events`, cancel: `${self}/cancel`, socket: '/v1/live' }
}

/** A record as a client sees it. */
function viewOf(record: AnswerRecord) {
  return { ...record, links: linksOf(record.id) }
}

const longestList = 200

function limitOf(text: string | null): number {
  if (text === null) return 50
  const limit = Number(text)
  if (!Number.isInteger(limit) || limit < 1 || limit > longestList) {
    throw invalid(
      'limit',
      `limit is ${JSON.stringify(text)}; it has to be a whole number from 1 to ${longestList}.`,
    )
  }
  return limit
}

function optional<Key extends string>(
  key: Key,
  value: string | null,
): Partial<Record<Key, string>> {
  return value === null ? {} : ({ [key]: value } as Record<Key, string>)
}
