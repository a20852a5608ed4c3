import type { ModelEvent } from '../../model/model.ts'
import type { AnswerDecoder, CreateDecoder } from './answer-decoder.ts'
import { errorEvent, excerptLength, protocolFault, WireFault } from './failures.ts'
import { type SseEvent, SseParser } from './sse-parser.ts'
import { Utf8Decoder } from './utf8-decoder.ts'

/**
 * From the bytes of an answer to its events, without waiting: pure, so that any way of cutting the
 * bytes can be tried against it. The body's own first character says whether it is a stream, JSON or
 * a web page, whatever was asked for and whatever the content type claims; both lie in the field.
 *
 * Events that were complete before a fault are given first; `fault` is set after them.
 */
export class AnswerParser {
  /** What is wrong with the answer; nothing follows it. */
  fault: WireFault | undefined
  /** The last event has been given. */
  done = false

  readonly #headers: Readonly<Record<string, string>>
  readonly #limitBytes: number
  readonly #decoder: AnswerDecoder
  readonly #utf8 = new Utf8Decoder()
  readonly #sse = new SseParser()
  #kind: 'unknown' | BodyKind = 'unknown'
  #head = ''
  #json: string[] = []
  #bytes = 0
  #sawValue = false
  #events: ModelEvent[] = []

  constructor(options: AnswerParserOptions) {
    this.#headers = options.headers
    this.#limitBytes = options.limitBytes
    this.#decoder = options.createDecoder({
      emit: (event) => this.#events.push(event),
      // A JSON body has been counted as it came.
      grow: (text) => this.#kind === 'sse' && this.#grow(Buffer.byteLength(text)),
    })
  }

  /** The provider has said why it stopped: what is missing now may be waited for, but not for long. */
  get finished(): boolean {
    return this.#decoder.finished
  }

  push(bytes: Buffer): readonly ModelEvent[] {
    return this.#guarded(() => {
      const { text, valid } = this.#utf8.write(bytes)
      this.#take(text)
      if (!valid && !this.done) throw protocolFault('bad-utf8', this.#sse.pendingLine)
    })
  }

  /** The body has ended in good order. */
  end(): readonly ModelEvent[] {
    return this.#guarded(() => {
      if (this.#kind === 'json') return this.#endJson()
      if (this.#kind === 'sse') return this.#endStream()
      throw this.#notTheProtocol()
    })
  }

  /** The socket broke. An answer whose reason to stop is known is whole all the same. */
  breakOff(code: string, cause: unknown): readonly ModelEvent[] {
    return this.#guarded(() => {
      if (this.#kind === 'sse' && this.#decoder.finished) return this.#finish()
      throw new WireFault({ kind: 'cut', code }, { cause })
    })
  }

  /** Nothing more came within the grace that a finished answer has. */
  settle(): readonly ModelEvent[] {
    return this.#guarded(() => this.#finish())
  }

  #guarded(work: () => void): readonly ModelEvent[] {
    try {
      if (!this.done) work()
    } catch (error) {
      if (!(error instanceof WireFault)) throw error
      this.fault = this.#withHeaders(error)
    }
    const events = this.#events
    this.#events = []
    return events
  }

  #withHeaders(fault: WireFault): WireFault {
    if (fault.evidence.kind !== 'error-event') return fault
    return new WireFault({ ...fault.evidence, headers: this.#headers }, { cause: fault.cause })
  }

  #take(text: string): void {
    if (this.#head.length < excerptLength) this.#head = (this.#head + text).trimStart()
    if (this.#kind === 'unknown') {
      if (this.#head === '') return
      this.#kind = kindOf(this.#head.charAt(0))
      this.#takeText(this.#head)
    } else {
      this.#takeText(text)
    }
  }

  #takeText(text: string): void {
    if (this.#kind === 'page' || this.#kind === 'other') {
      // Enough of it for a person to see what it is; the rest is not worth waiting for.
      if (this.#head.length >= excerptLength) throw this.#notTheProtocol()
      return
    }
    if (this.#kind === 'json') {
      this.#grow(Buffer.byteLength(text))
      this.#json.push(text)
      return
    }
    const events: SseEvent[] = []
    this.#sse.push(text, events)
    for (const event of events) {
      this.#takeEvent(event)
      if (this.done) return
    }
    if (this.#sse.pendingLength > this.#limitBytes) throw tooLarge(this.#limitBytes)
  }

  #takeEvent({ event, data }: SseEvent): void {
    if (data === '' || event === 'ping') return
    if (event === 'error') throw errorEvent(data)
    if (data === '[DONE]') this.#closeStream()
    else this.#decode(parseJson(data), event)
  }

  #decode(value: unknown, event: string): void {
    this.#sawValue = true
    this.#decoder.event(value, event)
    if (this.#decoder.complete) this.#finish()
  }

  #closeStream(): void {
    if (!this.#decoder.started) throw protocolFault('no-choices', 'data: [DONE]')
    if (!this.#decoder.finished) throw new WireFault({ kind: 'cut' })
    this.#finish()
  }

  #endStream(): void {
    // A whole JSON value proves that the last event is whole: no beginning of one is a JSON value.
    const rest = this.#utf8.end() ? this.#sse.end() : undefined
    if (rest && isWhole(rest.data)) this.#takeEvent(rest)
    if (this.done) return
    if (this.#decoder.finished) this.#finish()
    else if (this.#sawValue || rest) throw new WireFault({ kind: 'cut' })
    else throw this.#notTheProtocol()
  }

  #notTheProtocol(): WireFault {
    const type = this.#headers['content-type'] ?? ''
    if (this.#kind === 'unknown') return protocolFault('empty-body', '')
    if (this.#kind === 'page') return protocolFault('html', this.#head)
    if (this.#kind === 'sse' && type.includes('event-stream')) {
      return protocolFault('empty-body', this.#head)
    }
    return protocolFault(type.includes('json') ? 'bad-json' : 'bad-content-type', this.#head)
  }

  #endJson(): void {
    if (!this.#utf8.end()) throw protocolFault('bad-utf8', '')
    const text = this.#json.join('')
    this.#json = []
    this.#decoder.whole(parseJson(text), text)
    this.#finish()
  }

  #finish(): void {
    this.#events.push(this.#decoder.finish())
    this.done = true
  }

  #grow(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes > this.#limitBytes) throw tooLarge(this.#limitBytes)
  }
}

export interface AnswerParserOptions {
  readonly headers: Readonly<Record<string, string>>
  /** The most bytes of answer: text, reasoning and tool arguments of a stream, the whole of a JSON body. */
  readonly limitBytes: number
  readonly createDecoder: CreateDecoder
}

type BodyKind = 'sse' | 'json' | 'page' | 'other'

function kindOf(first: string): BodyKind {
  if (first === '{' || first === '[') return 'json'
  if (first === '<') return 'page'
  // `data`, `event`, `id`, `retry` or a comment: no JSON value begins with one of these.
  return 'deir:'.includes(first) ? 'sse' : 'other'
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw protocolFault('bad-json', text, error)
  }
}

function isWhole(data: string): boolean {
  if (data === '[DONE]') return true
  try {
    JSON.parse(data)
    return true
  } catch {
    // Not an error: the question is whether the text is whole, and the answer is no.
    return false
  }
}

function tooLarge(limitBytes: number): WireFault {
  return new WireFault({ kind: 'too-large', limitBytes })
}
