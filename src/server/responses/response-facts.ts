import { isRecord, type Json, type JsonObject } from '../../base/json.ts'
import type { ChatMessage } from '../../model/chat.ts'
import type { AnswerRecord } from '../../store/answer-store.ts'

/** What is kept with an answer that was asked for as a response, to speak of it as such later. */
export interface ResponseFacts {
  /** Disconnecting does not cancel it. */
  readonly background: boolean
  /** Its answer is JSON, not a text. */
  readonly isStructured: boolean
  /** What the client sent as input, without the history before it. */
  readonly items: readonly ChatMessage[]
  readonly metadata: Readonly<Record<string, string>>
  /** Stays the same over a chain of responses. */
  readonly conversationId: string
  /** The client named the conversation, rather than the response before. */
  readonly isNamedConversation: boolean
  readonly instructions?: string
  readonly previousResponseId?: string
  /** Whose response it is, where the server knows its users. */
  readonly userId?: string
}

const protocol = 'openai-responses'

export function toOriginFacts(facts: ResponseFacts): JsonObject {
  return JSON.parse(JSON.stringify({ protocol, ...facts }))
}

/** Undefined for an answer that was asked for in another way. */
export function responseFactsOf({ origin }: AnswerRecord): ResponseFacts | undefined {
  const facts: Json | undefined = origin?.facts
  return isResponseFacts(facts) ? facts : undefined
}

/** What bears the protocol's name was written by `toOriginFacts`. */
function isResponseFacts(value: unknown): value is ResponseFacts {
  return isRecord(value) && value.protocol === protocol && Array.isArray(value.items)
}

const answerPrefix = 'ans_'
const responsePrefix = 'resp_'

/** A response and the answer behind it have the same id but for the prefix that clients expect. */
export const responseIdOf = (answerId: string): string => responsePrefix + tailOf(answerId)

/** Undefined for what is no id of a response. */
export function answerIdOf(responseId: string): string | undefined {
  if (!responseId.startsWith(responsePrefix)) return undefined
  return answerPrefix + responseId.slice(responsePrefix.length)
}

/** The id of a message of a response: of its output, by position, or of its input. */
export function messageIdOf(answerId: string, side: 'in' | 'out', index: number): string {
  return `msg_${tailOf(answerId)}_${side}${index}`
}

function tailOf(answerId: string): string {
  return answerId.startsWith(answerPrefix) ? answerId.slice(answerPrefix.length) : answerId
}
