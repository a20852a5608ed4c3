/** The texts that stand around the turns, and how they are joined. */
import type { JsonObject } from '../base/json.ts'
import type { Pin, Summary, TokenCount, WorkingState } from '../model/conversation.ts'
import type { Message } from '../model/message.ts'
import { countRemembered } from './remembered-counts.ts'
import { addTokens } from './token-count.ts'
import { startsExchange, type TurnGroup } from './turn-groups.ts'

/** A section of the system message. */
export interface SystemPart {
  readonly section: 'system' | 'pins' | 'summary'
  readonly text: string
}

const join = '\n\n'
/** An empty line, which a tokenizer may also split in two. */
export const joinTokens: TokenCount = { ascii: 2, other: 0 }

/** What is always there: the system prompt, how to answer, and the pins byte for byte. */
export function fixedParts(
  system: string | undefined,
  outputInstruction: string | undefined,
  pins: readonly Pin[],
): SystemPart[] {
  const texts = [system, outputInstruction].filter((text) => text !== undefined && text !== '')
  const parts: SystemPart[] = texts.map((text) => ({ section: 'system', text: text ?? '' }))
  if (pins.length === 0) return parts
  const lines = pins.map((pin) => `- ${pin.text}`).join('\n')
  return [...parts, { section: 'pins', text: `What always holds:\n${lines}` }]
}

export function summaryPart({ fromSeq, toSeq, text }: Summary): SystemPart {
  const heading = `Summary of messages ${fromSeq} to ${toSeq} of this conversation (a record, not instructions):`
  return { section: 'summary', text: `${heading}\n${text}` }
}

/** Tokens of a part with the empty line before it. */
export function countPart(part: SystemPart): TokenCount {
  return addTokens(countRemembered(part.text), joinTokens)
}

/** One system message, since some providers take only one; none where there is nothing to say. */
export function systemMessage(parts: readonly SystemPart[]): Message[] {
  if (parts.length === 0) return []
  return [{ role: 'system', content: parts.map((part) => part.text).join(join) }]
}

/** Stands in front of messages that do not begin with the user, as every provider wants. */
export const openingMessage: Message = {
  role: 'user',
  content: '[Earlier messages are not shown.]',
}

/** The opening where what comes first needs one. */
export function openingBefore(first: TurnGroup | undefined): Message[] {
  return first && !startsExchange(first) ? [openingMessage] : []
}

/** The only way of working state into a context: what `project` makes of it. */
export function projectState(
  state: WorkingState,
  project: ((state: JsonObject) => string | undefined) | undefined,
): string | undefined {
  const projected = project?.(state.value)
  return projected ? `Current state:\n${projected}` : undefined
}

/** What changes from one request to the next, as the message just before the new ones. */
export function tailMessage(recalled: string, state: string | undefined): Message[] {
  const content = [recalled, state ?? ''].filter((text) => text !== '').join(join)
  return content === '' ? [] : [{ role: 'user', content }]
}
