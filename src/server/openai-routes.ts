import type { ServerResponse } from 'node:http'
import type { HoldfastParts } from '../app/holdfast.ts'
import type { Clock } from '../base/clock.ts'
import { startDeadline } from '../base/deadline.ts'
import { createId } from '../base/ids.ts'
import type { FailureReason } from '../model/failure-reason.ts'
import type { CallEvent, CallOutcome } from '../resilience/call-event.ts'
import {
  completionOf,
  finishChunk,
  type Identity,
  streamChunk,
  usageChunk,
} from './openai-answer.ts'
import { type ChatRequest, parseChatRequest } from './openai-request.ts'
import { readJson } from './read-json.ts'
import { type Routes, sendJson } from './router.ts'

export interface OpenaiOptions {
  readonly app: HoldfastParts
  readonly clock: Clock
  readonly maxBodyBytes: number
}

/** What a client of the OpenAI API gets when it names no deadline of its own by `x-deadline-ms`. */
const defaultDeadlineMs = 60_000

/**
 * The OpenAI chat completions protocol over the protected models of a pipeline: `model` is the
 * pipeline's name, and an OpenAI client in any language gets retries, breakers and fallbacks by
 * changing its base URL. Memory, schema and canned answer belong to the pipeline's own address.
 */
export function openaiRoutes({ app, clock, maxBodyBytes }: OpenaiOptions): Routes {
  return {
    'GET /v1/models': ({ response }) => {
      const data = [...app.pipelines.keys()].map((id) => ({
        id,
        object: 'model',
        created: 0,
        owned_by: 'holdfast',
      }))
      sendJson(response, 200, { object: 'list', data })
    },

    'POST /v1/chat/completions': async ({ request, response, signal }) => {
      const chat = parseChatRequest(await readJson(request, maxBodyBytes))
      const model = app.model(chat.model)
      const lengthMs = Number(request.headers['x-deadline-ms']) || defaultDeadlineMs
      const deadline = startDeadline(clock, lengthMs, signal)
      const identity: Identity = {
        id: createId('chatcmpl', clock.now()),
        created: Math.floor(clock.now() / 1_000),
        model: chat.model,
      }
      const reply = createReply(response, identity, chat)
      try {
        for await (const event of model.call(chat.request, { deadline, stream: chat.stream })) {
          await reply.hear(event)
          if (reply.isBroken) break
        }
      } finally {
        deadline.release()
      }
    },
  }
}

interface Reply {
  hear(event: CallEvent): Promise<void>
  /** It ended with an error event: nothing more can be said. */
  readonly isBroken: boolean
}

/**
 * Turns the events of a call into one response. What has been streamed cannot be taken back in this
 * protocol: a call that starts anew after its first content ends as an error event without `[DONE]`,
 * which clients throw on, and never as a clean end.
 */
function createReply(response: ServerResponse, identity: Identity, chat: ChatRequest): Reply {
  let broken = false

  async function finish(outcome: CallOutcome): Promise<void> {
    if (outcome.status !== 'complete') return fail(outcome.reason, outcome.detail)
    const { result, usage } = outcome
    if (!chat.stream) return sendJson(response, 200, completionOf(identity, result, usage))
    await write(response, finishChunk(identity, result.finishReason))
    if (chat.includeUsage) await write(response, usageChunk(identity, usage))
    response.end('data: [DONE]\n\n')
  }

  async function fail(reason: FailureReason, detail: string): Promise<void> {
    const error = { message: detail, type: 'holdfast_error', param: null, code: reason }
    if (!response.headersSent) return sendJson(response, statusOf(reason), { error })
    broken = true
    await write(response, { error })
    response.end()
  }

  return {
    get isBroken() {
      return broken
    },
    async hear(event) {
      if (event.type === 'call-finished') return finish(event.outcome)
      if (!chat.stream) return
      if (event.type === 'reset' && response.headersSent)
        return fail(
          event.reason,
          'The stream was cut and the answer starts anew, which this protocol cannot show.',
        )
      await write(response, streamChunk(identity, event))
    },
  }
}

function statusOf(reason: FailureReason): number {
  if (reason === 'bad-request' || reason === 'context-too-long') return 400
  if (reason === 'rate-limited' || reason === 'not-admitted') return 429
  return reason === 'deadline' ? 504 : 502
}

const sseHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
}

async function write(response: ServerResponse, chunk: object | undefined): Promise<void> {
  if (!chunk) return
  if (!response.headersSent) response.writeHead(200, sseHeaders)
  if (response.write(`data: ${JSON.stringify(chunk)}\n\n`) || response.destroyed) return
  await new Promise<void>((resolve) => {
    response.once('drain', resolve).once('close', resolve)
  })
}
