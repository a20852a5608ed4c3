import type { HoldfastParts } from '../../app/holdfast.ts'
import { isHoldfastError } from '../../base/errors.ts'
import type { ChatMessage } from '../../model/chat.ts'
import { refused } from '../read-fields.ts'
import { type FoundResponse, findResponse } from './find-response.ts'
import { responseFactsOf } from './response-facts.ts'
import { answerText } from './response-object.ts'
import type { ResponseRequest } from './response-request.ts'

type Answers = Pick<HoldfastParts, 'answers'>

/** What was said before a request, and the conversation that it goes on. */
export interface ResponseHistory {
  readonly messages: readonly ChatMessage[]
  /** Undefined for the first response of a chain. */
  readonly conversationId: string | undefined
}

/** Turns that are looked back on; a pipeline with a memory keeps what lies before in its summary. */
const mostTurns = 100

/** @throws INVALID_INPUT where the response before is not there, not the user's, or has no answer. */
export async function readHistory(
  app: Answers,
  request: ResponseRequest,
  userId: string | undefined,
): Promise<ResponseHistory> {
  if (request.conversation !== undefined) {
    const thread = threadOf(request.conversation, userId)
    const newestFirst = await app.answers.list({ thread, limit: mostTurns })
    const turns = newestFirst.toReversed().map((record) => {
      const facts = responseFactsOf(record)
      return facts ? turnOf({ record, facts }) : []
    })
    return { messages: turns.flat(), conversationId: request.conversation }
  }
  return followChain(app, request.previousResponseId, userId)
}

async function followChain(
  app: Answers,
  newestId: string | undefined,
  userId: string | undefined,
): Promise<ResponseHistory> {
  const turns: (readonly ChatMessage[])[] = []
  let conversationId: string | undefined
  let nextId = newestId
  while (nextId !== undefined && turns.length < mostTurns) {
    const found = await findPrevious(app, nextId, userId)
    conversationId ??= found.facts.conversationId
    turns.unshift(turnOf(found))
    nextId = found.facts.previousResponseId
  }
  return { messages: turns.flat(), conversationId }
}

async function findPrevious(
  app: Answers,
  id: string,
  userId: string | undefined,
): Promise<FoundResponse> {
  try {
    const found = await findResponse(app, id, userId)
    if (found.record.answer) return found
    throw refused(
      'previous_response_id',
      `The response ${id} is ${found.record.state} and has no answer to go on from. Wait until it is completed.`,
    )
  } catch (error) {
    if (!isHoldfastError(error, 'NOT_FOUND')) throw error
    throw refused(
      'previous_response_id',
      `There is no response ${JSON.stringify(id)} to go on from.`,
    )
  }
}

/** Both sides; a response that has no answer leaves no trace in the conversation. */
function turnOf({ record, facts }: FoundResponse): readonly ChatMessage[] {
  if (!record.answer) return []
  return [...facts.items, { role: 'assistant', content: answerText(record.answer) }]
}

/** Under which the responses of a named conversation are found; its owner is in it. */
export function threadOf(conversation: string, userId: string | undefined): string {
  return JSON.stringify(['openai-conversation', userId ?? null, conversation])
}
