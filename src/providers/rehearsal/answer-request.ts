import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../../base/clock.ts'
import { messageOf } from '../../base/errors.ts'
import { type ChatRequest, readChatRequest } from './chat-request.ts'
import { complete, countInput } from './complete.ts'
import { answerSteps, type Mode, type Pace } from './completion.ts'
import type { FaultContext } from './fault.ts'
import { findFault } from './fault-catalogue.ts'
import type { FaultDirector } from './fault-plan.ts'
import { readJson, sendJson } from './json-http.ts'
import { playSteps } from './play-steps.ts'
import type { RequestLog } from './request-log.ts'
import type { Step } from './step.ts'

/** What a request is answered with and by. */
export interface Desk {
  readonly seed: number
  readonly pace: Pace
  readonly contextWindow: number
  readonly clock: Clock
  readonly log: RequestLog
  readonly director: FaultDirector
}

/** The models that `/v1/models` lists; any other name is answered too. */
const listedModels = ['rehearsal-primary', 'rehearsal-fallback']

/** Answers a request of either path; a mistake in the rules is shown as what it is, so that it is found. */
export function answerRequest(
  request: IncomingMessage,
  response: ServerResponse,
  desk: Desk,
): void {
  route(request, response, desk).catch((error: unknown) => fail(response, error))
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  desk: Desk,
): Promise<void> {
  const path = request.url?.split('?')[0]
  if (path === '/v1/models' && request.method === 'GET') {
    const data = listedModels.map((id) => ({ id, object: 'model', owned_by: 'holdfast-rehearsal' }))
    return sendJson(response, 200, { object: 'list', data })
  }
  if (path !== '/v1/chat/completions' || request.method !== 'POST') {
    const message = `${request.method} ${path} is not here: POST /v1/chat/completions or GET /v1/models`
    return sendJson(response, 404, {
      error: { message, type: 'invalid_request_error', code: null },
    })
  }
  const body = await readJson(request)
  const chat = 'value' in body ? readChatRequest(body.value) : body
  if ('problem' in chat) {
    const error = { message: chat.problem, type: 'invalid_request_error', code: null }
    return sendJson(response, 400, { error })
  }
  await answerChat(chat, request, response, desk)
}

async function answerChat(
  chat: ChatRequest,
  request: IncomingMessage,
  response: ServerResponse,
  desk: Desk,
): Promise<void> {
  const { clock, log } = desk
  const startedAtMs = clock.now()
  const mode: Mode = chat.stream ? 'sse' : 'json'
  const { steps, fault } = planAnswer(chat, keyOf(request, log), mode, startedAtMs, desk)
  const inputTokens = countInput(chat)
  const update = log.add({ model: chat.model, mode, fault, startedAtMs, inputTokens })
  const left = new AbortController()
  let outputTokens = 0
  response.on('close', () => left.abort(new Error('The client has left')))
  response.on('error', (error) => left.abort(error))
  try {
    await playSteps(steps, {
      response,
      clock,
      signal: left.signal,
      bill: (tokens) => {
        outputTokens += tokens
      },
      answered: (status) => update({ status }),
    })
    update({ outputTokens, outcome: 'answered' })
  } catch (error) {
    update({ outputTokens, outcome: 'left' })
    // The client may leave at any step; anything else is a mistake of this server.
    if (!left.signal.aborted) response.destroy(error instanceof Error ? error : undefined)
  }
}

function fail(response: ServerResponse, error: unknown): void {
  const message = `The rehearsal model failed: ${messageOf(error)}`
  if (response.headersSent) response.destroy()
  else sendJson(response, 500, { error: { message, type: 'server_error', code: null } })
}

/** A request is told from others by its own header where the caller repeats runs, else by its turn. */
function keyOf({ headers }: IncomingMessage, log: RequestLog): string {
  const key = headers['x-rehearsal-key']
  return typeof key === 'string' ? key : String(log.count)
}

function planAnswer(
  chat: ChatRequest,
  key: string,
  mode: Mode,
  nowMs: number,
  desk: Desk,
): { steps: readonly Step[]; fault: string | undefined } {
  const { model, includeUsage } = chat
  const completion = complete(chat, desk.seed, nowMs)
  const context: FaultContext = {
    completion,
    mode,
    includeUsage,
    pace: desk.pace,
    options: {},
    nowMs,
  }
  const planned = desk.director.next({ model, mode, key, nowMs })
  if (planned) {
    const { fault, options } = planned
    return { steps: fault.steps({ ...context, options }), fault: fault.id }
  }
  const tooLong = completion.inputTokens > desk.contextWindow
  const refusal = tooLong ? findFault('context-too-long')?.steps(context) : undefined
  return { steps: refusal ?? answerSteps(completion, context), fault: undefined }
}
