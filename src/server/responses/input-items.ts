import type { ChatMessage } from '../../model/chat.ts'
import { wrong } from '../read-fields.ts'
import { messageIdOf } from './response-facts.ts'

/** The parameters of a list of input items; the newest first unless `order` says `asc`. */
export interface ListRequest {
  readonly limit: number
  readonly isAscending: boolean
  readonly after?: string
}

const longestList = 100

export function parseListRequest(query: URLSearchParams): ListRequest {
  const limit = Number(query.get('limit') ?? 20)
  if (!Number.isInteger(limit) || limit < 1 || limit > longestList) {
    throw wrong('limit', `a whole number from 1 to ${longestList}`)
  }
  const order = query.get('order') ?? 'desc'
  if (order !== 'asc' && order !== 'desc') throw wrong('order', 'asc or desc')
  const after = query.get('after')
  return { limit, isAscending: order === 'asc', ...(after !== null && { after }) }
}

/** One page of the input of a response, in the shape of OpenAI's lists. */
export function listInputItems(
  answerId: string,
  items: readonly ChatMessage[],
  { limit, isAscending, after }: ListRequest,
): object {
  const all = items.map((item, index) => ({
    id: messageIdOf(answerId, 'in', index),
    type: 'message',
    status: 'completed',
    role: item.role,
    content: [
      item.role === 'assistant'
        ? { type: 'output_text', text: item.content, annotations: [] }
        : { type: 'input_text', text: item.content },
    ],
  }))
  const ordered = isAscending ? all : all.toReversed()
  const start = after === undefined ? 0 : ordered.findIndex(({ id }) => id === after) + 1
  if (after !== undefined && start === 0) throw wrong('after', 'the id of an item of the list')
  const data = ordered.slice(start, start + limit)
  return {
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: start + limit < ordered.length,
  }
}
