import { Agent } from 'undici'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { ModelRequest } from '../../model/model.ts'
import {
  deltaEvent,
  doneEvent,
  finishEvent,
  openStream,
  sseHeaders,
  streamAnswer,
} from '../../testing/chat-wire.ts'
import {
  httpAnswer,
  httpChunk,
  type RawExchange,
  type RawServer,
  startRawServer,
} from '../../testing/raw-server.ts'
import { type OpenAICompatibleOptions, openaiCompatible } from './openai-compatible.ts'

let server: RawServer
let answer: (exchange: RawExchange) => void = () => {}

beforeAll(async () => {
  server = await startRawServer((exchange) => answer(exchange))
})
afterEach(() => {
  answer = () => {}
})
afterAll(() => server.close())

const request: ModelRequest = { messages: [{ role: 'user', content: 'Hello' }] }
const signal = (): AbortSignal => new AbortController().signal

function createModel(options: Partial<OpenAICompatibleOptions> = {}) {
  return openaiCompatible({
    model: 'm-1',
    baseUrl: `${server.url}/v1`,
    provider: 'raw',
    ...options,
  })
}

/** Settles when the server sees that the client has closed the connection, or reset it. */
const closeOf = ({ socket }: RawExchange): Promise<void> =>
  new Promise((resolve) => socket.once('close', () => resolve()))

describe('openaiCompatible, leaving early', () => {
  const reason = new Error('the caller left')

  it('closes the socket when it is aborted while it connects', async () => {
    // The server accepts, and never answers the TLS handshake.
    const baseUrl = server.url.replace('http:', 'https:')
    const connected = server.nextConnection()
    const controller = new AbortController()
    const call = createModel({ baseUrl }).generate(request, { signal: controller.signal })
    const socket = await connected
    const gone = new Promise((resolve) => socket.once('close', resolve))
    controller.abort(reason)
    await expect(call).rejects.toBe(reason)
    await gone
  })

  it('closes the socket when it is aborted before the headers', async () => {
    const arrived = server.next()
    const controller = new AbortController()
    const call = createModel().generate(request, { signal: controller.signal })
    const gone = closeOf(await arrived)
    controller.abort(reason)
    await expect(call).rejects.toBe(reason)
    await gone
  })

  it('closes the socket when it is aborted within the body', async () => {
    answer = ({ socket }) => socket.write(httpAnswer(200, { 'content-length': '99' }, '{"choices'))
    const arrived = server.next()
    const controller = new AbortController()
    const call = createModel().generate(request, { signal: controller.signal })
    const gone = closeOf(await arrived)
    controller.abort(reason)
    await expect(call).rejects.toBe(reason)
    await gone
  })

  it('closes the socket when it is aborted while the reader waits', async () => {
    answer = openStream(deltaEvent('Hi'))
    const arrived = server.next()
    const controller = new AbortController()
    const events = createModel().stream(request, { signal: controller.signal })
    const iterator = events[Symbol.asyncIterator]()
    await iterator.next()
    await iterator.next()
    const waiting = iterator.next()
    const gone = closeOf(await arrived)
    controller.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    await gone
  })

  it('closes the socket when it is aborted while the reader is busy', async () => {
    answer = streamAnswer(deltaEvent('Hi'), deltaEvent('Ho'), finishEvent(), doneEvent)
    const controller = new AbortController()
    const iterator = createModel()
      .stream(request, { signal: controller.signal })
      [Symbol.asyncIterator]()
    await iterator.next()
    await iterator.next()
    controller.abort(reason)
    await expect(iterator.next()).rejects.toBe(reason)
  })

  it('closes the socket when the reader leaves the loop', async () => {
    answer = openStream(deltaEvent('Hi'))
    const arrived = server.next()
    let gone: Promise<unknown> | undefined
    for await (const event of createModel().stream(request, { signal: signal() })) {
      gone = closeOf(await arrived)
      if (event.type === 'text-delta') break
    }
    await gone
  })

  it('does not call the provider when it is aborted before', async () => {
    const before = server.exchanges.length
    const call = createModel().generate(request, { signal: AbortSignal.abort(reason) })
    await expect(call).rejects.toBe(reason)
    expect(server.exchanges).toHaveLength(before)
  })

  it('leaves no listener on the signal', async () => {
    answer = streamAnswer(deltaEvent('Hi'), finishEvent(), doneEvent)
    const { signal } = new AbortController()
    let listeners = 0
    const { addEventListener, removeEventListener } = signal
    signal.addEventListener = (...rest: Parameters<typeof addEventListener>) => {
      listeners++
      addEventListener.apply(signal, rest)
    }
    signal.removeEventListener = (...rest: Parameters<typeof removeEventListener>) => {
      listeners--
      removeEventListener.apply(signal, rest)
    }
    await createModel().generate(request, { signal })
    await new Promise(setImmediate)
    expect(listeners).toBe(0)
  })

  it('pulls no more than the reader asks for', async () => {
    const chunk = httpChunk(deltaEvent('x'.repeat(1_900)))
    let sent = 0
    answer = ({ socket }) => {
      socket.write(httpAnswer(200, sseHeaders))
      const fill = (): void => {
        while (sent < 20_000 && socket.writable) {
          sent++
          if (!socket.write(chunk)) return
        }
      }
      socket.on('drain', fill)
      fill()
    }
    let received = 0
    const counting = new Agent().compose(
      (dispatch) => (options, handler) =>
        dispatch(options, {
          onRequestStart: (controller, context) => handler.onRequestStart?.(controller, context),
          onResponseStart: (...rest) => handler.onResponseStart?.(...rest),
          onResponseEnd: (...rest) => handler.onResponseEnd?.(...rest),
          onResponseError: (...rest) => handler.onResponseError?.(...rest),
          onResponseData(controller, bytes) {
            received += bytes.length
            handler.onResponseData?.(controller, bytes)
          },
        }),
    )
    const arrived = server.next()
    let taken = 0
    let gone: Promise<unknown> | undefined
    for await (const event of createModel({ dispatcher: counting }).stream(request, {
      signal: signal(),
    })) {
      gone ??= closeOf(await arrived)
      if (event.type === 'text-delta' && ++taken === 2) {
        // Everything that can move moves: until a turn of the loop brings no byte more.
        for (let before = -1; before !== received; ) {
          before = received
          for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
        }
        expect(received).toBeLessThan(200_000)
        break
      }
    }
    await gone
    expect(sent).toBeLessThan(20_000)
    await counting.destroy()
  })
})
