import OpenAI from 'openai'
import { ResponsesWebSocketSession } from 'openai/lib/responses/responses-websocket-session'
import type { ResponsesClientEvent } from 'openai/resources/responses/responses'
import { ResponsesWS } from 'openai/resources/responses/ws'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type ChatApp, models, startChatApp, story } from './chat-app.ts'

let chat: ChatApp
let client: OpenAI

beforeAll(async () => {
  chat = await startChatApp()
  client = new OpenAI({ baseURL: `${chat.server.url}/v1`, apiKey: 'none', maxRetries: 0 })
})
afterAll(() => chat?.close())

interface WsEvent {
  readonly type: string
  readonly sequence_number?: number
  readonly stream_id?: string
  readonly response?: { readonly id: string }
  readonly [field: string]: unknown
}

/** A socket of the stock client, and what it hears. */
async function connect() {
  const socket = new ResponsesWS(client)
  onTestFinished(() => socket.close())
  const heard: WsEvent[] = []
  let wake = () => {}
  socket.on('event', (event) => {
    heard.push(event as unknown as WsEvent)
    wake()
  })
  socket.on('error', () => wake())
  await new Promise<void>((resolve, reject) => {
    socket.socket.on('open', () => resolve())
    socket.socket.on('error', reject)
  })
  return {
    socket,
    heard,
    // The types of the client know no messages but OpenAI's own.
    send: (message: object) => socket.send(message as ResponsesClientEvent),
    async until(isIt: (event: WsEvent) => boolean): Promise<WsEvent> {
      for (;;) {
        const found = heard.find(isIt)
        if (found) return found
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
  }
}

const isEnd = ({ type }: WsEvent) => /^(error|response\.(completed|failed|incomplete))$/.test(type)
const textOf = (events: readonly WsEvent[]) =>
  events.map(({ type, delta }) => (type === 'response.output_text.delta' ? delta : '')).join('')

describe('the socket of the stock openai client', () => {
  it('carries turns one after the other', async () => {
    const { send, heard, until } = await connect()
    send({ type: 'response.create', model: 'story', input: 'First.' })
    const first = await until(isEnd)
    expect(first).toMatchObject({ type: 'response.completed' })
    expect(textOf(heard)).toBe(story)
    heard.length = 0
    send({
      type: 'response.create',
      model: 'story',
      input: 'Second.',
      previous_response_id: first.response?.id,
    })
    await until(isEnd)
    expect(models.story.calls.at(-1)?.request.messages.at(-1)?.content).toBe(
      `user: First.\nassistant: ${story}\nuser: Second.`,
    )
  })

  it('carries lanes side by side, by the client’s own session', async () => {
    const { socket } = await connect()
    const session = new ResponsesWebSocketSession(socket, {
      maxLanes: 4,
      maxBufferedEvents: 1_000,
      maxBufferedBytes: 1_000_000,
    })
    const finals = ['one', 'two', undefined].map((name) => {
      const lane = session.lane(name)
      lane.create({ model: 'story', input: `Lane ${name}.` })
      return lane.finalResponse()
    })
    for (const final of await Promise.all(finals)) expect(final.output_text).toBe(story)
    session.close()
  })

  it('sends what HTTP sends', async () => {
    const { send, heard, until } = await connect()
    send({ type: 'response.create', model: 'restarts', input: 'Tell me.' })
    const { response } = await until(isEnd)
    const replay = []
    for await (const event of await client.responses.retrieve(response?.id ?? '', {
      stream: true,
    })) {
      replay.push(event)
    }
    expect(heard).toEqual(replay)
  })

  it('tells of a mistake and goes on', async () => {
    const { send, heard, until } = await connect()
    send({ type: 'response.create', model: 'nobody', input: 'x', stream_id: 'a' })
    expect(await until(isEnd)).toEqual({
      type: 'error',
      status: 404,
      error: {
        code: 'model_not_found',
        message: expect.any(String),
        param: 'model',
        type: 'invalid_request_error',
      },
      stream_id: 'a',
    })
    heard.length = 0
    send({ type: 'response.steer' })
    expect(await until(isEnd)).toMatchObject({ error: { param: 'type' } })
    heard.length = 0
    send({ type: 'response.create', model: 'plain', input: 'Hello.', store: false })
    expect(await until(isEnd)).toMatchObject({ type: 'response.completed' })
  })

  it('refuses a second response on a lane', async () => {
    const { send, until } = await connect()
    send({ type: 'response.create', model: 'stuck', input: 'x' })
    send({ type: 'response.create', model: 'story', input: 'x' })
    expect(await until(isEnd)).toMatchObject({ type: 'error', error: { param: 'stream_id' } })
  })

  it('cancels what it carries in the foreground when it closes', async () => {
    const { socket, send, until } = await connect()
    send({ type: 'response.create', model: 'stuck', input: 'x' })
    const { response } = await until(({ type }) => type === 'response.created')
    await until(({ type }) => type === 'response.output_text.delta')
    socket.close()
    const status = async () => (await client.responses.retrieve(response?.id ?? '')).status
    await expect.poll(status).toBe('cancelled')
    await expect.poll(() => models.stuck.open).toBe(0)
  })

  it('resumes background work after a number, and cancels it', async () => {
    const before = await connect()
    before.send({ type: 'response.create', model: 'stuck', input: 'x', background: true })
    await before.until(({ sequence_number = 0 }) => sequence_number === 5)
    const id = before.heard[0]?.response?.id
    before.socket.close()
    const after = await connect()
    after.send({ type: 'response.resume', response_id: id, starting_after: 5, stream_id: 'r' })
    after.send({ type: 'response.cancel', response_id: id })
    const end = await after.until(isEnd)
    expect(end).toMatchObject({ type: 'response.incomplete', response: { status: 'cancelled' } })
    expect(after.heard[0]).toMatchObject({ sequence_number: 6, stream_id: 'r' })
  })
})
