import type { ToolMessage } from '../model/message.ts'
import { countRemembered } from './remembered-counts.ts'
import { sumTokens } from './token-count.ts'
import { type Entry, type TurnGroup, toGroup } from './turn-groups.ts'

/** A result up to this many tokens stays as it is. */
export const shortResult = 200

/** Whether a group has tool results that are too long to be carried along. */
const hasLongResults = (group: TurnGroup): boolean => group.entries.some(isLong)

/** The group with a note of its length in place of each long tool result; calls stay as they were. */
export function elideResults(group: TurnGroup): TurnGroup {
  if (!hasLongResults(group)) return group
  return toGroup(group.entries.map((entry) => (isLong(entry) ? elided(entry) : entry)))
}

const isLong = (entry: Entry) =>
  entry.message.role === 'tool' && sumTokens(entry.tokens) > shortResult

function elided(entry: Entry): Entry {
  const content = `[Result of ${sumTokens(entry.tokens)} tokens left out. Call the tool again if it is needed.]`
  const message = { ...(entry.message as ToolMessage), content }
  return { ...entry, message, tokens: countRemembered(content) }
}
