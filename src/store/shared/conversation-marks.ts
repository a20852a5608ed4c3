/**
 * How a conversation finds its traces: by its id, or by the key that stands for an id which telemetry
 * takes for personal data, such as an e-mail address, and therefore does not show.
 */
import { genAi, own } from '../../model/conventions.ts'
import { conversationKey } from '../../model/conversation.ts'
import type { TraceRecord } from '../../model/trace.ts'

/** Attributes, of a trace or of a span in it, that say which conversation it belongs to. */
const markAttributes = [genAi.conversationId, own.conversationKey]

/** Ids and keys of the conversations that a trace belongs to. */
export function marksInTrace(trace: TraceRecord): ReadonlySet<string> {
  const found = new Set<string>()
  for (const { attributes } of [trace, ...trace.spans]) {
    for (const name of markAttributes) {
      const mark = attributes[name]
      if (typeof mark === 'string') found.add(mark)
    }
  }
  return found
}

/** What the traces of a conversation may be marked with. */
export function marksOfConversation(conversationId: string): readonly [id: string, key: string] {
  return [conversationId, conversationKey(conversationId)]
}
