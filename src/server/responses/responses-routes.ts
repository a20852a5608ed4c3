import type { HoldfastParts } from '../../app/holdfast.ts'
import type { Clock } from '../../base/clock.ts'
import type { Telemetry } from '../../base/telemetry-port.ts'
import { cursorOf } from '../../live/cursor.ts'
import type { Access } from '../access.ts'
import { readJson } from '../read-json.ts'
import { type Exchange, type Handler, type Routes, sendJson } from '../router.ts'
import { parseTraceParent } from '../trace-parent.ts'
import { acceptResponse, prepareResponse, type ResponseCaller } from './accept-response.ts'
import { type FoundResponse, findResponse } from './find-response.ts'
import { readResponse } from './follow-response.ts'
import { listInputItems, parseListRequest } from './input-items.ts'
import { openaiErrorOf } from './openai-error.ts'
import { responseIdOf } from './response-facts.ts'
import { parseResponseRequest } from './response-request.ts'
import { streamResponse } from './stream-response.ts'
import { runUnstored } from './unstored-response.ts'
import { whenEnded } from './when-ended.ts'

export interface ResponsesOptions {
  readonly app: HoldfastParts
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly maxBodyBytes: number
  readonly access: Access
}

/**
 * OpenAI's Responses API over the answers of pipelines: `model` is the name of a pipeline. Background
 * work, polling and resuming are what the queue and the event log give anyway; docs/openai.md has a
 * table of what is served.
 */
export function responsesRoutes(options: ResponsesOptions): Routes {
  const { app, maxBodyBytes, access } = options
  const found = async ({ request, params }: Exchange) =>
    findResponse(app, params.response ?? '', await access.userOf(request))
  const send = async ({ response, signal }: Exchange, found: FoundResponse) =>
    sendJson(response, 200, await readResponse(options, found, signal))
  const routes: Routes = {
    'POST /v1/responses': async (exchange) => {
      const caller = await callerOf(exchange, access)
      const request = parseResponseRequest(await readJson(exchange.request, maxBodyBytes))
      const prepared = await prepareResponse(options, request, caller)
      if (!request.store) return runUnstored(exchange, prepared, request, options)
      const accepted = await acceptResponse(options, prepared, caller)
      // Who waits does not want it any more when it has gone, unless it may come again with the key.
      const outlives = request.background || caller.idempotencyKey !== undefined
      const release = outlives ? () => {} : cancelWhenGone(exchange, accepted, options)
      try {
        if (request.stream) await streamResponse(exchange, accepted, options)
        else if (request.background) await send(exchange, accepted)
        else await send(exchange, await whenEnded(app, accepted, exchange.signal))
      } finally {
        release()
      }
    },

    'GET /v1/responses/:response': async (exchange) => {
      const response = await found(exchange)
      const isStream = exchange.url.searchParams.get('stream') === 'true'
      if (!isStream) return send(exchange, response)
      await streamResponse(exchange, response, options, startingAfter(exchange))
    },

    'POST /v1/responses/:response/cancel': async (exchange) => {
      const { record } = await found(exchange)
      await app.cancel(record.id)
      await send(exchange, await found(exchange))
    },

    'DELETE /v1/responses/:response': async (exchange) => {
      const { record } = await found(exchange)
      await app.cancel(record.id)
      await app.answers.delete(record.id)
      const id = responseIdOf(record.id)
      sendJson(exchange.response, 200, { id, object: 'response', deleted: true })
    },

    'GET /v1/responses/:response/input_items': async (exchange) => {
      const { record, facts } = await found(exchange)
      const request = parseListRequest(exchange.url.searchParams)
      sendJson(exchange.response, 200, listInputItems(record.id, facts.items, request))
    },
  }
  return Object.fromEntries(
    Object.entries(routes).map(([pattern, handler]) => [pattern, inOpenaiShape(handler, options)]),
  )
}

async function callerOf({ request }: Exchange, access: Access): Promise<ResponseCaller> {
  const key = request.headers['idempotency-key']
  return {
    userId: await access.userOf(request),
    traceParent: parseTraceParent(request.headers),
    ...(typeof key === 'string' && { idempotencyKey: key }),
  }
}

/** The number after which to go on; undefined for all. OpenAI's numbers begin with 0. */
function startingAfter({ request, url }: Exchange): number | undefined {
  const lastEventId = request.headers['last-event-id']
  const facts = {
    lastEventId: typeof lastEventId === 'string' && lastEventId !== '' ? lastEventId : undefined,
    startingAfter: url.searchParams.get('starting_after') ?? undefined,
  }
  const isGiven = facts.lastEventId !== undefined || facts.startingAfter !== undefined
  return isGiven ? cursorOf(facts) : undefined
}

function cancelWhenGone(
  { signal }: Exchange,
  { record }: FoundResponse,
  { app, telemetry }: ResponsesOptions,
): () => void {
  const cancel = () => {
    app
      .cancel(record.id)
      .catch((error: unknown) =>
        telemetry.log(
          'error',
          'A response could not be cancelled.',
          { answerId: record.id },
          error,
        ),
      )
  }
  if (signal.aborted) cancel()
  else signal.addEventListener('abort', cancel, { once: true })
  return () => signal.removeEventListener('abort', cancel)
}

/** Errors before the response has begun are told as OpenAI's clients expect them. */
function inOpenaiShape(handler: Handler, { telemetry }: ResponsesOptions): Handler {
  return async (exchange) => {
    try {
      await handler(exchange)
    } catch (thrown) {
      const { response, signal } = exchange
      if (signal.aborted || response.headersSent) throw thrown
      const { status, error } = openaiErrorOf(thrown)
      if (status >= 500) telemetry.log('error', 'A request failed.', { code: error.code }, thrown)
      // The rest of a body that nobody reads would stand in front of the next request.
      sendJson(response, status, { error }, { connection: 'close' })
    }
  }
}
