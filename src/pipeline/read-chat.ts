import { HoldfastError } from '../base/errors.ts'
import { isRecord } from '../base/json.ts'
import type { Chat } from '../model/chat.ts'
import { validate } from '../model/schema.ts'
import type { AnyDefinition } from './definition.ts'

/**
 * The input that a chat stands for: by the pipeline's own `fromChat`, or else its one text, or the JSON
 * object in that text, whichever fits the schema. A history that nothing would read is refused, so that
 * no client believes that it was.
 *
 * @throws INVALID_INPUT, also where a pipeline without `fromChat` gets more than one user message.
 */
export async function readChat(definition: AnyDefinition, chat: Chat): Promise<unknown> {
  if (definition.fromChat) return definition.fromChat(chat)
  const [only, ...others] = chat.messages
  if (only?.role !== 'user' || others.length > 0) {
    throw unreadable(
      `${definition.name} reads one message of the user and no history or instructions. Send just that, or give the pipeline a fromChat function that reads the whole chat.`,
    )
  }
  const candidates = [chat.text, parseObject(chat.text)].filter((each) => each !== undefined)
  for (const candidate of candidates) {
    if ((await validate(definition.input, candidate)).ok) return candidate
  }
  throw unreadable(
    `The input of ${definition.name} is neither a text nor does the text hold its JSON. Send the input as JSON text, or give the pipeline a fromChat function.`,
  )
}

function parseObject(text: string): unknown {
  if (!text.trimStart().startsWith('{')) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function unreadable(message: string): HoldfastError<'INVALID_INPUT'> {
  return new HoldfastError('INVALID_INPUT', message, { issues: [{ path: 'input', message }] })
}
