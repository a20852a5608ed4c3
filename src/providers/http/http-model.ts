import { createHash } from 'node:crypto'
import type { Dispatcher } from 'undici'
import type { Clock } from '../../base/clock.ts'
import { ModelFault } from '../../model/fault.ts'
import type { ToolCall } from '../../model/message.ts'
import type {
  AttemptOptions,
  Model,
  ModelCapabilities,
  ModelEvent,
  ModelRequest,
  ModelResult,
} from '../../model/model.ts'
import type { CreateDecoder } from './answer-decoder.ts'
import { AnswerParser } from './answer-parser.ts'
import { type BodyReader, late } from './body-reader.ts'
import { errorBodyLimitBytes, errorCode, WireFault } from './failures.ts'
import { type HttpResponse, post } from './post.ts'

/** One provider's protocol: how a request is written, and how its answer is read. */
export interface ChatWire {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** Throws `WireFault` with `unsupported` where the request cannot be put into this protocol. */
  encode(request: ModelRequest, stream: boolean): EncodedRequest
}

export interface EncodedRequest {
  readonly body: string
  /** Reads the answer; gets its headers, which carry the request's id. */
  decoder(headers: Readonly<Record<string, string>>): CreateDecoder
}

export interface HttpModelOptions {
  readonly provider: string
  readonly id: string
  readonly capabilities: ModelCapabilities
  readonly wire: ChatWire
  readonly dispatcher: Dispatcher
  readonly maxAnswerBytes: number
  readonly clock: Clock
}

/**
 * How long an answer whose reason to stop is known may lack its end mark and its usage: some servers
 * forget to close the stream, and a whole answer is not to be lost to an idle time-out for that.
 */
const finishedGraceMs = 250

/** How long the body of an error may take: its status and headers alone say enough. */
const errorBodyMs = 1_000

/** A model behind HTTP: one POST for one attempt. */
export function createHttpModel(options: HttpModelOptions): Model {
  const exchange = (request: ModelRequest, attempt: AttemptOptions, stream: boolean) =>
    readAnswer(options, request, attempt, stream)
  return {
    provider: options.provider,
    id: options.id,
    account: accountOf(options.wire),
    capabilities: options.capabilities,
    generate: (request, attempt) => collect(exchange(request, attempt, false)),
    stream: (request, attempt) => exchange(request, attempt, true),
  }
}

/** A mark of endpoint and key from which neither can be told. */
function accountOf({ url, headers }: ChatWire): string {
  const hash = createHash('sha256').update(url.origin + url.pathname)
  for (const name of ['authorization', 'x-api-key', 'api-key'])
    hash.update(`\n${headers[name] ?? ''}`)
  return hash.digest('hex').slice(0, 12)
}

async function* readAnswer(
  options: HttpModelOptions,
  request: ModelRequest,
  attempt: AttemptOptions,
  stream: boolean,
): AsyncGenerator<ModelEvent, void, undefined> {
  const { signal } = attempt
  let response: HttpResponse | undefined
  let settled = false
  try {
    const encoded = options.wire.encode(request, stream)
    response = await send(options, encoded, attempt, stream)
    if (response.status < 200 || response.status > 299) throw await httpFault(response)
    const parser = new AnswerParser({
      headers: response.headers,
      limitBytes: options.maxAnswerBytes,
      createDecoder: encoded.decoder(response.headers),
    })
    while (!parser.done) {
      for (const event of await nextEvents(parser, response.body, signal)) {
        if (signal.aborted) throw signal.reason
        // From here on the answer is whole, also for a reader that leaves with its last event.
        settled = event.type === 'finish'
        yield event
      }
      if (signal.aborted && !settled) throw signal.reason
      if (parser.fault) throw parser.fault
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (!(error instanceof WireFault)) throw error
    throw new ModelFault(options, error.evidence, { cause: error.cause ?? error })
  } finally {
    if (settled) response?.body.drain()
    else response?.body.close()
  }
}

function send(
  options: HttpModelOptions,
  encoded: EncodedRequest,
  attempt: AttemptOptions,
  stream: boolean,
): Promise<HttpResponse> {
  const { wire, dispatcher, clock } = options
  const headers = {
    'content-type': 'application/json',
    accept: stream ? 'text/event-stream, application/json' : 'application/json',
    'user-agent': 'holdfast',
    ...wire.headers,
    ...attempt.headers,
  }
  const { signal } = attempt
  return post({ dispatcher, clock, url: wire.url, headers, body: encoded.body, signal })
}

/** Reads on and gives what the parser makes of it, also of an end and of a break. */
async function nextEvents(
  parser: AnswerParser,
  body: BodyReader,
  signal: AbortSignal,
): Promise<readonly ModelEvent[]> {
  let bytes: Buffer | undefined | typeof late
  try {
    bytes = await (parser.finished ? body.readWithin(finishedGraceMs) : body.read())
  } catch (error) {
    if (signal.aborted) throw signal.reason
    return parser.breakOff(errorCode(error), error)
  }
  if (bytes === late) return parser.settle()
  return bytes === undefined ? parser.end() : parser.push(bytes)
}

/** The evidence of an error status, with as much of its body as comes soon. */
async function httpFault({ status, headers, body }: HttpResponse): Promise<WireFault> {
  const parts: Buffer[] = []
  let length = 0
  try {
    while (length < errorBodyLimitBytes) {
      const bytes = await body.readWithin(errorBodyMs)
      if (bytes === undefined || bytes === late) break
      parts.push(bytes)
      length += bytes.length
    }
  } catch (error) {
    // A broken error body leaves the status and what came of it, which is the better evidence.
    return new WireFault({ kind: 'http', status, headers, body: toText(parts) }, { cause: error })
  }
  return new WireFault({ kind: 'http', status, headers, body: toText(parts) })
}

function toText(parts: readonly Buffer[]): string {
  return Buffer.concat(parts).subarray(0, errorBodyLimitBytes).toString('utf8')
}

async function collect(events: AsyncIterable<ModelEvent>): Promise<ModelResult> {
  let text = ''
  const toolCalls: ToolCall[] = []
  let last: Extract<ModelEvent, { type: 'finish' }> | undefined
  for await (const event of events) {
    if (event.type === 'text-delta') text += event.text
    else if (event.type === 'tool-call') toolCalls.push(event.toolCall)
    else if (event.type === 'finish') last = event
  }
  if (!last) throw new TypeError('The answer ended without a finish event')
  const { type: _type, ...end } = last
  return { ...end, text, toolCalls }
}
