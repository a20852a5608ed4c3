import { createHash } from 'node:crypto'
import { rehearse } from './answer/answer.ts'
import type { ChatRequest } from './chat-request.ts'
import type { Completion } from './completion.ts'
import { countTokens, tokensOf } from './tokens.ts'

/** The answer to a request, cut at its limit of tokens. Its id follows from the request and the seed. */
export function complete(chat: ChatRequest, seed: number, nowMs: number): Completion {
  const { model, request } = chat
  const answer = rehearse(request, seed)
  const tokens = tokensOf(answer.text)
  const limit = request.maxOutputTokens ?? Number.POSITIVE_INFINITY
  const isCut = tokens.length > limit
  const hasCalls = answer.toolCalls.length > 0
  return {
    id: `chatcmpl-${createHash('sha256')
      .update(`${seed} ${JSON.stringify(request)}`)
      .digest('hex')
      .slice(0, 24)}`,
    model,
    createdAtSeconds: Math.floor(nowMs / 1_000),
    text: isCut ? tokens.slice(0, limit).join('') : answer.text,
    toolCalls: answer.toolCalls,
    finishReason: isCut ? 'length' : hasCalls ? 'tool_calls' : 'stop',
    inputTokens: countInput(chat),
  }
}

/** Tokens of all that was sent: the messages, and the schema and the tools as JSON. */
export function countInput({ request }: ChatRequest): number {
  const said = request.messages.map(({ content }) => countTokens(content) + 3)
  const schema = request.output?.type === 'json' ? request.output.schema : undefined
  const rest = [schema, request.tools].filter((part) => part !== undefined)
  const forms = rest.map((part) => countTokens(JSON.stringify(part)))
  return [...said, ...forms].reduce((sum, count) => sum + count, 0)
}
