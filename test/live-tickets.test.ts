/** Tickets over HTTP and WebSocket, on two servers that share a store. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { z } from 'zod'
import { createHoldfast } from '../src/app/create-holdfast.ts'
import type { HoldfastParts } from '../src/app/holdfast.ts'
import { createLiveClient } from '../src/client/index.ts'
import { definePipeline } from '../src/pipeline/definition.ts'
import { type RunningServer, startServer } from '../src/server/start-server.ts'
import { createLogger } from '../src/telemetry/logger.ts'
import { says, scriptedModel } from '../src/testing/scripted-model.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-tickets-'))
const apiKey = 's3cret'
const apps: HoldfastParts[] = []
const servers: RunningServer[] = []

const greet = definePipeline({
  name: 'greet',
  input: z.object({ conversation: z.string(), user: z.string() }),
  output: 'text',
  models: [scriptedModel({ id: 'one', script: says('Well met.') })],
  memory: {
    conversation: (input) => input.conversation,
    user: (input) => input.user,
    tokenBudget: 4_000,
  },
  deadlineMs: 10_000,
  prompt: () => ({ user: 'Say hello.' }),
  canned: () => 'Hello.',
})

beforeAll(async () => {
  for (let count = 0; count < 2; count++) {
    const logger = createLogger('silent')
    const app = await createHoldfast({ pipelines: { greet }, data: folder, logger })
    apps.push(app)
    servers.push(await startServer({ app, port: 0, apiKey }))
  }
})

afterAll(async () => {
  for (const server of servers) await server.close()
  for (const app of apps) await app.close()
  rmSync(folder, { recursive: true, force: true })
})

const urlOf = (server = 0) => servers[server]?.url ?? ''

async function request(path: string, body: unknown, server = 0) {
  const response = await fetch(urlOf(server) + path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
  })
  return (await response.json()) as { id: string; ticket: string; expiresAtMs: number }
}

const answerFor = async (conversation: string, user: string) =>
  (await request('/v1/pipelines/greet/answers', { input: { conversation, user } })).id

const ticketFor = async (body: unknown) => (await request('/v1/live/tickets', body)).ticket

/** Opens a socket with a ticket; resolves to whether it was let in. */
async function opens(ticket: string, server = 0): Promise<boolean> {
  const address = `${urlOf(server).replace('http', 'ws')}/v1/live?ticket=${ticket}`
  const socket = new WebSocket(address, { origin: 'https://shop.example' })
  const isOpen = await new Promise<boolean>((resolve) => {
    socket.once('open', () => resolve(true)).once('error', () => resolve(false))
  })
  socket.close()
  return isOpen
}

async function follow(answerId: string, ticket: string): Promise<string[]> {
  const client = createLiveClient({
    url: urlOf(),
    WebSocket,
    socketUrl: () => `/v1/live?ticket=${ticket}`,
  })
  const types: string[] = []
  try {
    for await (const { event } of client.follow(answerId)) types.push(event.type)
  } finally {
    client.close()
  }
  return types
}

describe('a ticket', () => {
  it('lets a page in once, whichever server it asks', async () => {
    const ticket = await ticketFor({ userId: 'jane' })
    expect(await opens(ticket, 1)).toBe(true)
    expect(await opens(ticket, 1)).toBe(false)
    expect(await opens(ticket, 0)).toBe(false)
  })

  it('lets in one of ten that come at once', async () => {
    const ticket = await ticketFor({ userId: 'jane' })
    const all = await Promise.all(Array.from({ length: 10 }, (_, i) => opens(ticket, i % 2)))
    expect(all.filter((isOpen) => isOpen)).toHaveLength(1)
  })

  it('opens what its user owns, and nothing else', async () => {
    const [hers, his] = [await answerFor('c-jane', 'jane'), await answerFor('c-john', 'john')]
    expect((await follow(hers, await ticketFor({ userId: 'jane' }))).at(-1)).toBe('answer-finished')
    const forbidden = { code: 'FORBIDDEN' }
    await expect(follow(his, await ticketFor({ userId: 'jane' }))).rejects.toMatchObject(forbidden)
    await expect(follow('ans_none', await ticketFor({ userId: 'jane' }))).rejects.toMatchObject(
      forbidden,
    )
    const byConversation = await ticketFor({ conversationId: 'c-john' })
    expect((await follow(his, byConversation)).at(-1)).toBe('answer-finished')
    expect((await follow(hers, await ticketFor({ answerId: hers }))).at(-1)).toBe('answer-finished')
  })

  it('opens the events of an answer as a stream', async () => {
    const id = await answerFor('c-jane', 'jane')
    const events = async (ticket: string) =>
      fetch(`${urlOf()}/v1/answers/${id}/events?ticket=${ticket}`)
    const ticket = await ticketFor({ userId: 'jane' })
    expect(await (await events(ticket)).text()).toContain('answer-finished')
    expect((await events(ticket)).status).toBe(401)
    expect((await events(await ticketFor({ userId: 'john' }))).status).toBe(403)
  })

  it('opens its conversation and its user as a whole', async () => {
    const client = createLiveClient({
      url: urlOf(),
      WebSocket,
      socketUrl: async () => `/v1/live?ticket=${await ticketFor({ userId: 'jane' })}`,
    })
    const events = client.followUser('jane')[Symbol.asyncIterator]()
    const id = await answerFor('c-new', 'jane')
    const seen: string[] = []
    while (!seen.includes(`${id} answer-finished`)) {
      const { value } = await events.next()
      seen.push(`${value.answerId} ${value.event.type}`)
    }
    const his = client.followConversation('c-john')[Symbol.asyncIterator]()
    await expect(his.next()).rejects.toMatchObject({ code: 'FORBIDDEN' })
    client.close()
  })

  it('opens the events of a conversation as a stream, with cursors', async () => {
    const read = async (path: string, until: string) => {
      const abort = new AbortController()
      const response = await fetch(urlOf() + path, { signal: abort.signal })
      let text = ''
      for await (const piece of response.body ?? []) {
        text += new TextDecoder().decode(piece)
        if (text.includes(until)) break
      }
      abort.abort()
      return text
    }
    const ticket = () => ticketFor({ conversationId: 'c-sse' })
    const path = '/v1/conversations/c-sse/events'
    const first = await answerFor('c-sse', 'jane')
    const text = await read(`${path}?ticket=${await ticket()}`, 'event: answer-finished')
    expect(text).toContain(`"answerId":"${first}"`)
    const cursor = [...text.matchAll(/^id: (.+)$/gm)].at(-1)?.[1] ?? ''
    const second = await answerFor('c-sse', 'jane')
    const rest = await read(
      `${path}?ticket=${await ticket()}&starting_after=${encodeURIComponent(cursor)}`,
      'event: answer-finished',
    )
    expect(rest).toContain(`"answerId":"${second}"`)
    expect(rest).not.toContain(`"answerId":"${first}"`)
    const invalid = await fetch(`${urlOf()}${path}?ticket=${await ticket()}&starting_after=x`)
    expect(invalid.status).toBe(400)
  })

  it('opens nothing but what is live', async () => {
    const ticket = await ticketFor({ userId: 'jane' })
    for (const path of ['/v1/answers', '/v1/traces', '/v1/pipelines']) {
      expect((await fetch(`${urlOf()}${path}?ticket=${ticket}`)).status).toBe(401)
    }
    const response = await fetch(`${urlOf()}/v1/live/tickets?ticket=${ticket}`, { method: 'POST' })
    expect(response.status).toBe(401)
  })

  it('is not given to whoever has no key', async () => {
    const response = await fetch(`${urlOf()}/v1/live/tickets`, { method: 'POST', body: '{}' })
    expect(response.status).toBe(401)
  })
})
