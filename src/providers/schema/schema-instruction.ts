import type { JsonSchema, Message } from '../../model/message.ts'

/**
 * The messages with the schema in words, for a model that follows schemas but cannot be given this
 * one by the protocol. A prompt that holds the schema already stays as it is.
 */
export function withSchemaInstruction(
  messages: readonly Message[],
  schema: JsonSchema,
): readonly Message[] {
  const printed = JSON.stringify(schema)
  if (messages.some((message) => message.content.includes(printed))) return messages
  const content = `Answer with one JSON value that fits this JSON Schema, and with nothing else: ${printed}`
  return [{ role: 'system', content }, ...messages]
}
