import type { JsonSchema, Message, ToolCall, ToolDefinition } from './message.ts'
import type { Usage } from './usage.ts'

/**
 * The port to a language model: one attempt at a time, no retries, no memory, no shared state.
 *
 * Guarantees of every implementation:
 * - `stream` ends with exactly one `finish` event, or throws. A connection that ends without the
 *   provider's terminal reason throws a `cut` fault; it never just ends.
 * - A failure throws a `ModelFault` that holds the evidence as it came over the wire; what it means
 *   is decided in `resilience/`.
 * - An abort rejects with `signal.reason` and closes the provider's socket; so does a reader that
 *   leaves the `for await` loop early.
 * - Nothing is pulled from the provider that the reader has not asked for (apart from socket buffers).
 */
export interface Model {
  /** The provider's name in telemetry, such as `openai` or `rehearsal`. */
  readonly provider: string
  /** The id of the model as it is asked for. */
  readonly id: string
  /**
   * Marks the endpoint and the key behind the model, without being either: models of one provider with
   * the same account lose quota and key together, models with different ones fail apart. Undefined where
   * nothing is known.
   */
  readonly account?: string
  readonly capabilities: ModelCapabilities
  generate(request: ModelRequest, options: AttemptOptions): Promise<ModelResult>
  stream(request: ModelRequest, options: AttemptOptions): AsyncIterable<ModelEvent>
}

/** What a model can do, so that no request is sent that it would refuse. */
export interface ModelCapabilities {
  /** Tokens of input and output together; undefined where it is not known. */
  readonly contextWindow?: number
  /** `json-schema`: follows a schema; `json`: promises JSON; `none`: the schema goes into the prompt. */
  readonly structuredOutput: 'json-schema' | 'json' | 'none'
  /** Continues an assistant message that stands last in the prompt. */
  readonly prefill: boolean
  /** Not a model but the rehearsal stand-in; said wherever it answers. */
  readonly rehearsal?: boolean
}

export interface ModelRequest {
  readonly messages: readonly Message[]
  readonly output?: OutputFormat
  readonly tools?: readonly ToolDefinition[]
  /** Whether and which tool is to be called; the model decides where this is not given. */
  readonly toolChoice?: 'auto' | 'none' | 'required' | { readonly name: string }
  /** The most tokens the answer may have; the provider cuts it there with `length`. */
  readonly maxOutputTokens?: number
  readonly temperature?: number
  readonly topP?: number
  readonly seed?: number
  readonly stopSequences?: readonly string[]
  /** Options of one provider alone, by provider name, passed on as they are. */
  readonly providerOptions?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** `json` with a schema asks the provider to follow it, as far as `structuredOutput` allows. */
export type OutputFormat =
  | { readonly type: 'text' }
  | {
      readonly type: 'json'
      readonly name?: string
      readonly schema?: JsonSchema
      /**
       * The reader takes null for an optional key as its absence, so that a strict mode that requires
       * every key may be used. Default false.
       */
      readonly nullsAreAbsent?: boolean
    }

export interface AttemptOptions {
  readonly signal: AbortSignal
  /** Sent to the provider with the request, such as `traceparent` or an idempotency key. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Why a model stopped. Only `stop` and `tool-calls` are whole answers. */
export type FinishReason =
  | 'stop'
  | 'length'
  | 'content-filter'
  | 'refusal'
  | 'tool-calls'
  | 'error'
  | 'other'

/** Who answered, as the provider says. */
export interface ResponseIdentity {
  readonly requestId?: string
  /** The model that the provider says it served, which may not be the one asked for. */
  readonly servedModel?: string
  /** The provider's mark of the configuration behind the answer. */
  readonly fingerprint?: string
}

export interface ModelResult {
  readonly text: string
  readonly toolCalls: readonly ToolCall[]
  readonly finishReason: FinishReason
  /** The model declined in a field of its own; `text` is then empty. */
  readonly refusal?: string
  readonly usage?: Usage
  readonly response: ResponseIdentity
}

/**
 * - `response-started`: status and headers are there; no content yet
 * - `text-delta`, `reasoning-delta`: more of the text; never empty
 * - `tool-call`: one call, whole
 * - `finish`: the last event
 */
export type ModelEvent =
  | { readonly type: 'response-started'; readonly response: ResponseIdentity }
  | { readonly type: 'text-delta'; readonly text: string }
  | { readonly type: 'reasoning-delta'; readonly text: string }
  | { readonly type: 'tool-call'; readonly toolCall: ToolCall }
  | {
      readonly type: 'finish'
      readonly finishReason: FinishReason
      readonly refusal?: string
      readonly usage?: Usage
      readonly response: ResponseIdentity
    }
