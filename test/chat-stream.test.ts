import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Chat } from '@ai-sdk/react'
import { DefaultChatTransport, type UIMessage, WebSocketChatTransport } from 'ai'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import WebSocket from 'ws'
import { startLineProcess } from '../src/testing/line-process.ts'
import { type ChatApp, models, startChatApp, story, workerSource } from './chat-app.ts'

/** The protocol of the AI SDK's chats by itself: what curl and a program see of it. */

let chat: ChatApp
let chats = 0
beforeAll(async () => {
  chat = await startChatApp({
    apiKey: 'operator',
    user: ({ headers }) => headers.authorization?.replace('Bearer ', ''),
  })
})
afterAll(() => chat?.close())

const newId = () => `chat-${++chats}`
const said = (text: string) => ({ id: 'm1', role: 'user', parts: [{ type: 'text', text }] })
const addressOf = (pipeline: string, url = chat.server.url) =>
  `${url}/v1/pipelines/${pipeline}/chat`

function request(address: string, body?: unknown, user = 'ada'): Promise<Response> {
  const headers = { authorization: `Bearer ${user}`, 'content-type': 'application/json' }
  if (body === undefined) return fetch(address, { headers })
  return fetch(address, { method: 'POST', headers, body: JSON.stringify(body) })
}

function talkTo(pipeline: string, id: string, user = 'ada'): Chat<UIMessage> {
  const headers = { authorization: `Bearer ${user}` }
  return new Chat({
    id,
    transport: new DefaultChatTransport({ api: addressOf(pipeline), headers }),
  })
}

const textOf = (message: UIMessage | undefined) =>
  message?.parts.map((part) => (part.type === 'text' ? part.text : '')).join('')

describe('a chat over HTTP', () => {
  it('is a stream of parts for curl', async () => {
    const body = JSON.stringify({ id: newId(), messages: [said('Tell me.')] })
    const { stdout } = await promisify(execFile)('curl', [
      ...['--silent', '--no-buffer', '--include', addressOf('story'), '--data', body],
      ...['--header', 'authorization: Bearer ada', '--header', 'content-type: application/json'],
    ])
    expect(stdout).toMatch(/^content-type: text\/event-stream/im)
    expect(stdout).toMatch(/^x-vercel-ai-ui-message-stream: v1\r$/im)
    expect(stdout).toMatch(/\r\n\r\ndata: \{"type":"start",/)
    expect(stdout).toMatch(/data: \{"type":"finish",[^\n]*\}\n\ndata: \[DONE\]\n\n$/)
  })

  it('replays the whole stream to who was away', async () => {
    const id = newId()
    const first = await request(addressOf('restarts'), { id, messages: [said('x')] })
    const replay = await request(`${addressOf('restarts')}/${id}/stream`)
    expect(await replay.text()).toBe(await first.text())
  })

  it('has nothing to resume for another user', async () => {
    const id = newId()
    await (await request(addressOf('story'), { id, messages: [said('x')] })).text()
    expect((await request(`${addressOf('story')}/${id}/stream`)).status).toBe(200)
    expect((await request(`${addressOf('story')}/${id}/stream`, undefined, 'bob')).status).toBe(204)
    const stopped = await request(`${addressOf('story')}/${id}/stop`, {}, 'bob')
    expect(await stopped.json()).toEqual({ success: true, stopped: false })
  })

  it('cancels the answer before when the user goes on', async () => {
    const id = newId()
    const before = await request(addressOf('stuck'), { id, messages: [said('First.')] })
    await expect.poll(() => models.stuck.open).toBe(1)
    const next = await request(addressOf('stuck'), { id, messages: [said('Second.')] })
    expect(await before.text()).toContain('"type":"abort"')
    await request(`${addressOf('stuck')}/${id}/stop`, {})
    expect(await next.text()).toContain('"finishReason":"interrupted"')
    await expect.poll(() => models.stuck.open).toBe(0)
  })

  it('outlives a page that goes', async () => {
    const id = newId()
    const leaving = new AbortController()
    const response = await fetch(addressOf('held'), {
      method: 'POST',
      headers: { authorization: 'Bearer ada', 'content-type': 'application/json' },
      body: JSON.stringify({ id, messages: [said('x')] }),
      signal: leaving.signal,
    })
    await response.body?.getReader().read()
    leaving.abort()
    await expect.poll(() => models.held.open).toBe(1)
    const back = await request(`${addressOf('held')}/${id}/stream`)
    models.held.release()
    expect(await back.text()).toContain('"source":"primary"')
  })

  it.each([
    [{ messages: [said('x')] }, 'id'],
    [{ id: 'c' }, 'messages'],
    [{ id: 'c', messages: [] }, 'messages'],
    [{ id: 'c', messages: [{ role: 'robot', parts: [] }] }, 'messages[0].role'],
    [
      { id: 'c', messages: [{ role: 'user', parts: [{ type: 'file', url: 'x' }] }] },
      'messages[0].parts[0].type',
    ],
  ])('refuses %j and names the place', async (body, path) => {
    const response = await request(addressOf('story'), body)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ code: 'INVALID_INPUT', issues: [{ path }] })
  })

  it('is not there with an unknown pipeline', async () => {
    const response = await request(addressOf('nobody'), { id: 'c', messages: [said('x')] })
    expect(response.status).toBe(404)
  })

  it('needs a user', async () => {
    const response = await fetch(addressOf('story'), { method: 'POST', body: '{}' })
    expect(response.status).toBe(401)
  })
})

describe('a chat over a socket', () => {
  function connect(user = 'ada', pipeline = 'story'): WebSocket {
    const headers = { authorization: `Bearer ${user}` }
    const socket = new WebSocket(addressOf(pipeline).replace('http', 'ws'), { headers })
    onTestFinished(() => socket.terminate())
    return socket
  }

  /** What comes until a frame of that type. */
  function framesUntil(socket: WebSocket, type: string): Promise<Record<string, unknown>[]> {
    const frames: Record<string, unknown>[] = []
    return new Promise((resolve, reject) => {
      socket.on('error', reject)
      socket.on('message', (data) => {
        const frame = JSON.parse(data.toString())
        frames.push(frame)
        if (frame.type === type) resolve(frames)
      })
    })
  }

  const frame = (type: string, id: string, more: object = {}) =>
    JSON.stringify({ type, requestId: `${type}-${id}`, id, headers: {}, body: {}, ...more })

  it('numbers its chunks and resumes after one', async () => {
    const id = newId()
    const socket = connect()
    socket.on('open', () => socket.send(frame('send', id, { messages: [said('x')] })))
    const whole = await framesUntil(socket, 'end')
    const chunks = whole.filter(({ type }) => type === 'chunk')
    expect(chunks.map(({ sequence }) => sequence)).toEqual(chunks.map((_, at) => at))
    const back = connect()
    back.on('open', () => back.send(frame('resume', id, { lastSequence: 4 })))
    const rest = await framesUntil(back, 'end')
    expect(rest[0]).toEqual({ type: 'start', requestId: `resume-${id}` })
    expect(rest.slice(1, -1).map(({ chunk }) => chunk)).toEqual(
      chunks.slice(5).map(({ chunk }) => chunk),
    )
  })

  it('stops what is aborted before it was accepted', async () => {
    const id = newId()
    const socket = connect('ada', 'stuck')
    socket.on('open', () => {
      socket.send(frame('send', id, { messages: [said('x')] }))
      socket.send(JSON.stringify({ type: 'abort', requestId: `send-${id}` }))
      socket.send(frame('send', `${id}-next`, { messages: 'x' }))
    })
    expect((await framesUntil(socket, 'error')).length).toBeGreaterThan(0)
    const state = async () => {
      const [newest] = await chat.app.answers.list({ pipeline: 'stuck', limit: 1 })
      return newest?.state
    }
    await expect.poll(state).toBe('cancelled')
    await expect.poll(() => models.stuck.open).toBe(0)
  })

  it('says no-active to another user', async () => {
    const id = newId()
    await (await request(addressOf('story'), { id, messages: [said('x')] })).text()
    const socket = connect('bob')
    socket.on('open', () => socket.send(frame('resume', id)))
    expect(await framesUntil(socket, 'no-active')).toHaveLength(1)
  })

  it('tells of a mistake and stays open', async () => {
    const socket = connect()
    socket.on('open', () => socket.send(frame('send', newId(), { messages: 'x' })))
    const [mistake] = await framesUntil(socket, 'error')
    expect(mistake).toMatchObject({ errorText: 'messages has to be a list.' })
    socket.send(frame('resume', newId()))
    await framesUntil(socket, 'no-active')
  })

  it('is closed after a frame that belongs to nothing', async () => {
    const socket = connect()
    socket.on('open', () => socket.send('{"type":"send"}'))
    const code = await new Promise((resolve) => socket.once('close', resolve))
    expect(code).toBe(1_008)
  })

  it.each([
    ['nobody', 'ada', '404'],
    ['story', '', '401'],
  ])('is refused for pipeline %s and user %j', async (pipeline, user, status) => {
    const headers = user === '' ? {} : { authorization: `Bearer ${user}` }
    const socket = new WebSocket(addressOf(pipeline).replace('http', 'ws'), { headers })
    const error = await new Promise<Error>((resolve) => socket.once('error', resolve))
    expect(error.message).toContain(status)
  })

  it('carries many chats of the stock transport at once', async () => {
    const transport = new WebSocketChatTransport({
      url: addressOf('story'),
      webSocket: class extends WebSocket {
        constructor(url: string | URL) {
          super(url, { headers: { authorization: 'Bearer ada' } })
        }
      } as never,
    })
    onTestFinished(() => transport.close())
    const talks = Array.from({ length: 5 }, () => new Chat({ id: newId(), transport }))
    await Promise.all(talks.map((talk) => talk.sendMessage({ text: 'Tell me.' })))
    for (const talk of talks) expect(textOf(talk.lastMessage)).toBe(story)
  })
})

describe('a worker that is killed', () => {
  it('costs a chat nothing and mixes no texts', async () => {
    const front = await startChatApp({ concurrency: 0 })
    const first = startLineProcess(workerSource('stuck'), [front.folder])
    await first.nextLine()
    const talk = new Chat({
      id: newId(),
      transport: new DefaultChatTransport({ api: addressOf('story', front.server.url) }),
    })
    const sent = talk.sendMessage({ text: 'Tell me.' })
    await expect.poll(() => textOf(talk.lastMessage)).toBe('Once there was')
    const id = talk.lastMessage?.id
    first.kill()
    await first.ended
    await startLineProcess(workerSource('slowly'), [front.folder]).nextLine()
    await sent
    expect(textOf(talk.lastMessage)).toBe(story)
    expect(talk.lastMessage?.id).toBe(id)
    expect(talk.messages).toHaveLength(2)
    expect(talk.lastMessage?.metadata).toMatchObject({ holdfast: { run: 2, source: 'primary' } })
    await front.close()
  })
})

describe('the chats of two users', () => {
  it('are apart under one name', async () => {
    const id = newId()
    const ada = talkTo('story', id)
    const bob = talkTo('story', id, 'bob')
    await Promise.all([
      ada.sendMessage({ text: 'I am Ada.' }),
      bob.sendMessage({ text: 'I am Bob.' }),
    ])
    expect(textOf(ada.lastMessage)).toBe(story)
    expect(textOf(bob.lastMessage)).toBe(story)
    expect(ada.lastMessage?.id).not.toBe(bob.lastMessage?.id)
  })
})
