/**
 * Turns in groups that stand or fall together: a message by itself, or an assistant's tool calls
 * with all their results. A provider refuses a call without its result and a result without its
 * call, so what a crash has left behind is healed here and never sent: a call without a result gets
 * one that says so, a result without a call is left out.
 */
import type { TokenCount } from '../model/conversation.ts'
import type { AssistantMessage, Message, ToolCall } from '../model/message.ts'
import { countMessage } from './count-tokens.ts'
import type { LeftOut } from './left-out.ts'
import { overheadOf } from './request-overhead.ts'
import { addTokens, noTokens } from './token-count.ts'

/** A message of the context. */
export interface Entry {
  readonly message: Message
  readonly tokens: TokenCount
  /** The turn that it is; without it the message is new, or was put in here. */
  readonly seq?: number
  readonly isNew?: boolean
}

export interface TurnGroup {
  readonly entries: readonly Entry[]
  readonly tokens: TokenCount
  readonly overhead: number
  /** The turn that it begins with; infinite where it begins with a new message. */
  readonly fromSeq: number
  /** Holds a message that is not in the log yet. */
  readonly isNew: boolean
}

export interface GroupedTurns {
  readonly groups: readonly TurnGroup[]
  readonly healed: readonly LeftOut[]
}

const interruption = 'Interrupted: this call has no result.'

/** A group while its results are still coming in. */
interface OpenGroup {
  readonly entries: Entry[]
  readonly unanswered: Map<string, ToolCall>
}

/** Groups messages in order; a result joins the call it answers, wherever it was recorded. */
export function groupTurns(entries: readonly Entry[]): GroupedTurns {
  const open: OpenGroup[] = []
  const calls = new Map<string, OpenGroup>()
  const healed: LeftOut[] = []
  for (const entry of entries) {
    const { message } = entry
    if (message.role === 'tool') {
      if (!joinCall(calls, message.toolCallId, entry)) healed.push(leftOut('orphan-result', entry))
      continue
    }
    if (isEmpty(message)) {
      healed.push(leftOut('empty-message', entry))
      continue
    }
    const group = { entries: [asSpoken(entry)], unanswered: callsOf(message) }
    for (const id of group.unanswered.keys()) calls.set(id, group)
    open.push(group)
  }
  return { groups: open.map((group) => close(group, healed)), healed }
}

function joinCall(calls: Map<string, OpenGroup>, id: string, entry: Entry): boolean {
  const group = calls.get(id)
  if (!group) return false
  group.entries.push(entry)
  group.unanswered.delete(id)
  calls.delete(id)
  return true
}

function close({ entries, unanswered }: OpenGroup, healed: LeftOut[]): TurnGroup {
  for (const call of unanswered.values()) {
    if (entries[0]) healed.push(leftOut('interrupted-call', entries[0]))
    const message: Message = {
      role: 'tool',
      toolCallId: call.id,
      toolName: call.name,
      content: interruption,
      isError: true,
    }
    entries.push({ message, tokens: countMessage(message) })
  }
  return toGroup(entries)
}

/** Adds up a group's tokens. */
export function toGroup(entries: readonly Entry[]): TurnGroup {
  return {
    entries,
    tokens: entries.reduce((sum, entry) => addTokens(sum, entry.tokens), noTokens),
    overhead: entries.reduce((sum, entry) => sum + overheadOf(entry.message), 0),
    fromSeq: entries[0]?.seq ?? Number.POSITIVE_INFINITY,
    isNew: entries.some((entry) => entry.isNew === true),
  }
}

export const messagesOf = (groups: readonly TurnGroup[]): Message[] =>
  groups.flatMap((group) => group.entries.map((entry) => entry.message))

/** An exchange begins where the user speaks. */
export const startsExchange = (group: TurnGroup): boolean =>
  group.entries[0]?.message.role === 'user'

const callsOf = (message: Message) =>
  new Map(
    message.role === 'assistant' ? message.toolCalls?.map((call) => [call.id, call] as const) : [],
  )

const isEmpty = (message: Message) =>
  message.content === '' && !(message.role === 'assistant' && hasCalls(message))

const hasCalls = (message: AssistantMessage) => (message.toolCalls?.length ?? 0) > 0

/** A system message in the middle is taken by few providers and hoisted by others. */
function asSpoken(entry: Entry): Entry {
  if (entry.message.role !== 'system') return entry
  return { ...entry, message: { role: 'user', content: entry.message.content } }
}

function leftOut(kind: LeftOut['kind'], entry: Entry): LeftOut {
  const { seq } = entry
  return { kind, turns: 1, ...(seq !== undefined && { fromSeq: seq, toSeq: seq }) }
}
