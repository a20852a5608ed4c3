import { isDeepStrictEqual } from 'node:util'
import type { ChatMessage } from '../../model/chat.ts'
import type { JsonSchema } from '../../model/message.ts'
import { type Fields, isAbsent, record, refused, text, wrong } from '../read-fields.ts'
import { parseInput } from './response-input.ts'
import { reservedMetadata } from './response-object.ts'

/** The body of `POST /v1/responses`, or a `response.create` of the socket, in our words. */
export interface ResponseRequest {
  /** The name of a pipeline. */
  readonly model: string
  readonly items: readonly ChatMessage[]
  readonly background: boolean
  readonly stream: boolean
  /** It can be read again by its id. */
  readonly store: boolean
  readonly metadata: Readonly<Record<string, string>>
  readonly format: TextFormat
  readonly instructions?: string
  readonly previousResponseId?: string
  readonly conversation?: string
}

export type TextFormat =
  | { readonly type: 'text' | 'json_object' }
  | { readonly type: 'json_schema'; readonly schema: JsonSchema }

/**
 * Reads a request. What is not served is refused and not passed over: a client that asks for tools or a
 * temperature must not believe that it got them. null is the same as left out, as in OpenAI's API.
 *
 * @throws INVALID_INPUT that names the field.
 */
export function parseResponseRequest(body: unknown): ResponseRequest {
  const fields = record(body, '(body)')
  for (const [name, value] of Object.entries(fields)) checkServed(name, value)
  const background = flag(fields, 'background', false)
  const store = flag(fields, 'store', true)
  if (background && !store) {
    throw refused(
      'store',
      'store has to be true with background: what is not kept cannot be polled.',
    )
  }
  const conversation = conversationOf(fields.conversation)
  if (conversation !== undefined && !isAbsent(fields.previous_response_id)) {
    throw refused(
      'previous_response_id',
      'previous_response_id and conversation exclude each other.',
    )
  }
  return {
    model: text(fields.model, 'model'),
    items: parseInput(fields.input),
    background,
    stream: flag(fields, 'stream', false),
    store,
    metadata: metadataOf(fields.metadata),
    format: formatOf(fields.text),
    ...optionalText('instructions', fields.instructions, 'instructions'),
    ...optionalText('previousResponseId', fields.previous_response_id, 'previous_response_id'),
    ...(conversation !== undefined && { conversation }),
  }
}

/**
 * @throws INVALID_INPUT where the client wants another form of answer than the pipeline gives. Its own
 * schema decides; a client may repeat it, and then knows what it gets.
 */
export function checkFormat(format: TextFormat, model: string, own: JsonSchema | undefined): void {
  if (format.type === 'text') return
  if (!own) {
    throw refused('text.format', `${model} answers with a text. Leave text.format out.`)
  }
  if (format.type !== 'json_schema' || isDeepStrictEqual(shape(format.schema), shape(own))) return
  throw refused(
    'text.format.schema',
    `${model} answers by a schema of its own, which is not the one given. Leave text.format out: the text is JSON that fits ${JSON.stringify(own)}.`,
  )
}

/**
 * A schema without its dialect, and without the closing of objects: OpenAI has clients close each one,
 * which the libraries that pipelines are declared with leave unsaid.
 */
function shape(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(shape)
  if (typeof schema !== 'object' || schema === null) return schema
  const kept = Object.entries(schema).filter(
    ([key, value]) => key !== '$schema' && !(key === 'additionalProperties' && value === false),
  )
  return Object.fromEntries(kept.map(([key, value]) => [key, shape(value)]))
}

type Served = (value: unknown) => boolean

const anything: Served = () => true
const nothing: Served = (value) => isAbsent(value) || (Array.isArray(value) && value.length === 0)
const only =
  (...values: readonly unknown[]): Served =>
  (value) =>
    isAbsent(value) || values.includes(value)

/** Fields that are read, that change nothing here, or of which some values change nothing. */
const served: Readonly<Record<string, Served>> = {
  model: anything,
  input: anything,
  background: anything,
  stream: anything,
  store: anything,
  metadata: anything,
  text: anything,
  instructions: anything,
  previous_response_id: anything,
  conversation: anything,
  user: anything,
  safety_identifier: anything,
  prompt_cache_key: anything,
  stream_options: anything,
  parallel_tool_calls: anything,
  tools: nothing,
  include: nothing,
  tool_choice: only('auto', 'none'),
  truncation: only('disabled'),
  service_tier: only('auto', 'default'),
}

function checkServed(name: string, value: unknown): void {
  if (isAbsent(value)) return
  const isServed = served[name]
  if (!isServed) {
    throw refused(
      name,
      `${name} is not served: models and how they are asked belong to the pipeline.`,
    )
  }
  if (isServed(value)) return
  throw refused(name, `${name} is ${JSON.stringify(value)}, which is not served. Leave it out.`)
}

function flag(fields: Fields, name: string, whenAbsent: boolean): boolean {
  const value = fields[name]
  if (isAbsent(value)) return whenAbsent
  if (typeof value !== 'boolean') throw wrong(name, 'true or false')
  return value
}

function optionalText<Key extends string>(
  key: Key,
  value: unknown,
  at: string,
): { readonly [K in Key]?: string } {
  if (isAbsent(value)) return {}
  return { [key]: text(value, at) } as { [K in Key]: string }
}

const mostIdChars = 200

function conversationOf(value: unknown): string | undefined {
  if (isAbsent(value)) return undefined
  const id =
    typeof value === 'string' ? value : text(record(value, 'conversation').id, 'conversation.id')
  if (id === '' || id.length > mostIdChars) {
    throw wrong('conversation', `an id of 1 to ${mostIdChars} characters`)
  }
  return id
}

/** OpenAI's own limits, less what the server adds. */
const mostPairs = 12
const mostKeyChars = 64
const mostValueChars = 512

function metadataOf(value: unknown): Readonly<Record<string, string>> {
  if (isAbsent(value)) return {}
  const pairs = Object.entries(record(value, 'metadata'))
  if (pairs.length > mostPairs) throw wrong('metadata', `at most ${mostPairs} pairs`)
  return Object.fromEntries(
    pairs.map(([key, each]) => {
      const at = `metadata.${key}`
      const said = text(each, at)
      if (key.length > mostKeyChars || said.length > mostValueChars) {
        throw wrong(at, `at most ${mostValueChars} characters, and its key ${mostKeyChars}`)
      }
      if (key.startsWith(reservedMetadata)) {
        throw wrong(at, `named otherwise: ${reservedMetadata}… is what the server adds`)
      }
      return [key, said]
    }),
  )
}

function formatOf(value: unknown): TextFormat {
  if (isAbsent(value)) return { type: 'text' }
  const { format, verbosity } = record(value, 'text')
  if (!isAbsent(verbosity))
    throw refused('text.verbosity', 'text.verbosity is not served. Leave it out.')
  if (isAbsent(format)) return { type: 'text' }
  const fields = record(format, 'text.format')
  switch (fields.type) {
    case 'text':
    case 'json_object':
      return { type: fields.type }
    case 'json_schema':
      return { type: 'json_schema', schema: record(fields.schema, 'text.format.schema') }
    default:
      throw wrong('text.format.type', 'text, json_object or json_schema')
  }
}
