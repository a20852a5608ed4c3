/**
 * What is said to a model and by it, in the order in which it is said. A `tool` message answers the
 * tool call of an assistant message before it that has the same id.
 */
export type Message = SystemMessage | UserMessage | AssistantMessage | ToolMessage

export interface SystemMessage {
  readonly role: 'system'
  readonly content: string
}

export interface UserMessage {
  readonly role: 'user'
  readonly content: string
}

export interface AssistantMessage {
  readonly role: 'assistant'
  readonly content: string
  readonly toolCalls?: readonly ToolCall[]
}

export interface ToolMessage {
  readonly role: 'tool'
  readonly toolCallId: string
  readonly toolName: string
  readonly content: string
  /** The tool failed, or the caller's check found the call wrong. */
  readonly isError?: boolean
}

/** A call of a tool that a model asks for. `arguments` is the model's JSON text, unchecked. */
export interface ToolCall {
  readonly id: string
  readonly name: string
  readonly arguments: string
}

/** A tool that a model may ask for; `parameters` is a JSON Schema. */
export interface ToolDefinition {
  readonly name: string
  readonly description?: string
  readonly parameters: JsonSchema
}

/** A JSON Schema, draft 2020-12. */
export type JsonSchema = { readonly [key: string]: unknown }
