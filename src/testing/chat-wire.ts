import { httpAnswer, httpChunk, type RawExchange } from './raw-server.ts'

/** Answers of a server that speaks OpenAI's chat completions, byte by byte as a test wants them. */

export const sseHeaders = {
  'content-type': 'text/event-stream',
  'transfer-encoding': 'chunked',
}

export const wireUsage = { prompt_tokens: 12, completion_tokens: 3 }

/** An event with a piece of text. */
export function deltaEvent(content: string): string {
  const choices = [{ index: 0, delta: { content }, finish_reason: null }]
  return `data: ${JSON.stringify({ id: 'c-1', model: 'm-1-2026', choices })}\n\n`
}

/** An event with a reason to stop. */
export function finishEvent(reason = 'stop', fields: object = {}): string {
  const choices = [{ index: 0, delta: {}, finish_reason: reason }]
  return `data: ${JSON.stringify({ choices, ...fields })}\n\n`
}

export const doneEvent = 'data: [DONE]\n\n'

/** The body of a whole answer. */
export function completionOf(message: object, more: object = {}): object {
  return {
    id: 'c-1',
    model: 'm-1-2026',
    system_fingerprint: 'fp-9',
    choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: 'stop' }],
    usage: wireUsage,
    ...more,
  }
}

/** The bytes of an answer with a body of known length. */
export function jsonAnswer(body: unknown, headers: Readonly<Record<string, string>> = {}): Buffer {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const length = String(Buffer.byteLength(text))
  const own = { 'content-type': 'application/json', 'content-length': length }
  return httpAnswer(200, { ...own, ...headers }, text)
}

/** Answers with one chunk for each piece, and the end of the body. */
export function streamAnswer(...pieces: (string | Buffer)[]): (exchange: RawExchange) => void {
  const bytes = Buffer.concat([
    httpAnswer(200, sseHeaders),
    ...pieces.map(httpChunk),
    httpChunk(''),
  ])
  return ({ socket }) => socket.write(bytes)
}

/** Answers with these pieces and leaves the body open. */
export function openStream(...pieces: (string | Buffer)[]): (exchange: RawExchange) => void {
  const bytes = Buffer.concat([httpAnswer(200, sseHeaders), ...pieces.map(httpChunk)])
  return ({ socket }) => socket.write(bytes)
}
