import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import WebSocket from 'ws'
import { z } from 'zod'
import { createHoldfast } from '../src/app/create-holdfast.ts'
import type { HoldfastParts } from '../src/app/holdfast.ts'
import { applyEvent, createLiveClient, emptyView } from '../src/client/index.ts'
import { separate } from '../src/live/merge-entries.ts'
import { definePipeline } from '../src/pipeline/definition.ts'
import { rehearsal } from '../src/providers/rehearsal/rehearsal.ts'
import {
  type RehearsalServer,
  startRehearsalServer,
} from '../src/providers/rehearsal/rehearsal-server.ts'
import { type RunningServer, startServer } from '../src/server/start-server.ts'
import { createLogger } from '../src/telemetry/logger.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-http-'))
const logger = createLogger('silent')
let provider: RehearsalServer
let app: HoldfastParts
let server: RunningServer

beforeAll(async () => {
  provider = await startRehearsalServer({ firstTokenMs: 5, tokensPerSecond: 400 })
  const greet = definePipeline({
    name: 'greet',
    input: z.object({ name: z.string().min(1) }),
    output: 'text',
    models: [rehearsal(provider, { model: 'rehearsal-primary' })],
    deadlineMs: 10_000,
    precompute: { freshMs: 60_000 },
    prompt: ({ input }) => ({ user: `Say something kind about ${input.name}.` }),
    canned: ({ input }) => `Hello ${input.name}.`,
  })
  app = await createHoldfast({ pipelines: { greet }, data: join(folder, 'data'), logger })
  server = await startServer({ app, port: 0, maxBodyBytes: 2_000 })
})

afterAll(async () => {
  await server?.close()
  await app?.close()
  await provider?.close()
  rmSync(folder, { recursive: true, force: true })
})

const json = { 'content-type': 'application/json' }

function post(
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return fetch(server.url + path, { method: 'POST', body: text, headers: { ...json, ...headers } })
}

async function enqueue(name: string, headers: Record<string, string> = {}) {
  const response = await post('/v1/pipelines/greet/answers', { input: { name } }, headers)
  return { response, body: (await response.json()) as { id: string; created: boolean } }
}

async function follow(id: string) {
  const client = createLiveClient({ url: server.url })
  let view = emptyView as Parameters<typeof applyEvent>[0]
  for await (const { event } of client.follow(id)) view = applyEvent(view, event as never)
  client.close()
  return view
}

describe('the HTTP API', () => {
  it('accepts an answer at once and delivers it over the socket', async () => {
    const { response, body } = await enqueue('Ada')
    expect(response.status).toBe(202)
    expect(response.headers.get('location')).toBe(`/v1/answers/${body.id}`)
    const view = await follow(body.id)
    expect(view.state).toBe('finished')
    expect(view.text).toBe(view.answer?.value)
    const record = await (await fetch(`${server.url}/v1/answers/${body.id}`)).json()
    expect(record).toMatchObject({ state: 'completed', answer: { source: 'primary' } })
  })

  it('waits for the answer where that is asked for', async () => {
    const response = await post('/v1/pipelines/greet/answers?wait=true', { input: { name: 'Ada' } })
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ source: 'primary', degraded: false })
  })

  it('continues the trace of the caller through the queue', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c'
    const { body } = await enqueue('Ada', { traceparent: `00-${traceId}-b7ad6b7169203331-01` })
    expect((await follow(body.id)).traceId).toBe(traceId)
    const trace = await (await fetch(`${server.url}/v1/traces/${traceId}`)).json()
    expect(trace).toMatchObject({ traceId, name: 'llm.call greet' })
  })

  it('resumes server-sent events after the last one seen', async () => {
    const { body } = await enqueue('Ada')
    await follow(body.id)
    const events = await (await fetch(`${server.url}/v1/answers/${body.id}/events`)).text()
    const entries = [...events.matchAll(/^data: (.+)$/gm)].map(([, data = '']) => JSON.parse(data))
    const seqs = separate(entries).map(({ seq }) => seq)
    expect(seqs).toEqual(seqs.map((_, index) => index + 1))
    const headers = { 'last-event-id': String(seqs.length - 1) }
    const rest = await (
      await fetch(`${server.url}/v1/answers/${body.id}/events`, { headers })
    ).text()
    expect([...rest.matchAll(/^event: (.+)$/gm)].map(([, type]) => type)).toEqual([
      'answer-finished',
    ])
  })

  it('makes an answer once for one idempotency key, and says when the input differs', async () => {
    const key = { 'idempotency-key': 'k1' }
    const first = await enqueue('Ada', key)
    const again = await enqueue('Ada', key)
    expect(again.body).toMatchObject({ id: first.body.id, created: false })
    const other = await enqueue('Bob', key)
    expect(other.response.status).toBe(409)
    expect(other.body).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' })
  })

  it.each([
    [
      'an unknown pipeline',
      () => post('/v1/pipelines/nope/answers', { input: 1 }),
      404,
      'UNKNOWN_PIPELINE',
      'greet',
    ],
    [
      'input that does not fit',
      () => post('/v1/pipelines/greet/answers', { input: {} }),
      400,
      'INVALID_INPUT',
      'name',
    ],
    [
      'a body without input',
      () => post('/v1/pipelines/greet/answers', {}),
      400,
      'INVALID_INPUT',
      'input',
    ],
    [
      'a body that is not JSON',
      () => post('/v1/pipelines/greet/answers', '{"input":'),
      400,
      'INVALID_INPUT',
      'not JSON',
    ],
    [
      'a body that is too large',
      () => post('/v1/pipelines/greet/answers', 'x'.repeat(3_000)),
      413,
      'INPUT_TOO_LARGE',
      '2000',
    ],
    [
      'another content type',
      () => fetch(`${server.url}/v1/pipelines/greet/answers`, { method: 'POST', body: 'a' }),
      400,
      'INVALID_INPUT',
      'application/json',
    ],
    [
      'an unknown answer',
      () => fetch(`${server.url}/v1/answers/ans_none`),
      404,
      'NOT_FOUND',
      'ans_none',
    ],
    ['an unknown trace', () => fetch(`${server.url}/v1/traces/none`), 404, 'NOT_FOUND', 'none'],
    [
      'another method',
      () => fetch(`${server.url}/v1/answers/x`, { method: 'PUT' }),
      405,
      'METHOD_NOT_ALLOWED',
      'GET',
    ],
    [
      'a list that is too long',
      () => fetch(`${server.url}/v1/answers?limit=9999`),
      400,
      'INVALID_INPUT',
      '9999',
    ],
    [
      'a place that is not there',
      () => fetch(`${server.url}/v1/nothing`),
      404,
      'NOT_FOUND',
      '/v1/nothing',
    ],
  ])('tells of %s by one clear problem', async (_name, ask, status, code, named) => {
    const response = await ask()
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    const problem = (await response.json()) as { code: string }
    expect(problem.code).toBe(code)
    expect(JSON.stringify(problem)).toContain(named)
  })

  it('refuses pages of other origins, on HTTP and on the socket', async () => {
    const origin = { origin: 'https://evil.example' }
    expect((await fetch(`${server.url}/v1/pipelines`, { headers: origin })).status).toBe(403)
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/v1/live`, { headers: origin })
    const refused = await new Promise((resolve) => socket.once('error', resolve))
    expect(String(refused)).toContain('403')
  })

  it('tells over the socket that there is no such answer', async () => {
    await expect(follow('ans_none')).rejects.toThrow(/ans_none/)
  })

  it('cancels an answer and ends its events', async () => {
    provider.setFaults({ kind: 'always', fault: 'blackhole' })
    const { body } = await enqueue('Ada')
    const following = follow(body.id)
    const client = createLiveClient({ url: server.url })
    for await (const { event } of client.follow(body.id)) {
      if (event.type === 'attempt-started') await client.cancel(body.id)
    }
    client.close()
    provider.setFaults({ kind: 'healthy' })
    expect(await following).toMatchObject({ state: 'failed', error: { code: 'CANCELLED' } })
  })

  it('reports its health by model and job', async () => {
    const health = await (await fetch(`${server.url}/healthz`)).json()
    expect(health).toMatchObject({ models: { greet: [{}] }, jobs: { active: expect.any(Number) } })
  })
})

describe('answers made ahead over HTTP', () => {
  it('are begun, given at once and accounted for', async () => {
    const inputs = [{ name: 'Ada' }]
    const response = await post('/v1/pipelines/greet/precompute', { inputs })
    expect(response.status).toBe(202)
    const { outcomes } = (await response.json()) as { outcomes: { answerId: string }[] }
    const answerId = outcomes[0]?.answerId ?? ''
    expect((await follow(answerId)).state).toBe('finished')
    const { body } = await enqueue('Ada')
    expect((await follow(body.id)).answer).toMatchObject({
      source: 'cache',
      precomputed: { answerId, rule: 'requested' },
    })
    const ledger = await fetch(`${server.url}/v1/precompute`)
    expect(await ledger.json()).toMatchObject({ rules: [{ pipeline: 'greet', made: 1, used: 1 }] })
  })

  it('refuse what is no list of inputs', async () => {
    const response = await post('/v1/pipelines/greet/precompute', { inputs: 'Ada' })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ issues: [{ path: 'inputs' }] })
  })
})

describe('the OpenAI wire format', () => {
  const messages = [{ role: 'user' as const, content: 'Hello there.' }]

  const client = () => new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 })

  it('gives the stock OpenAI client a whole completion', async () => {
    const completion = await client().chat.completions.create({ model: 'greet', messages })
    expect(completion.choices[0]?.message.content).toMatch(/\S/)
    expect(completion.choices[0]?.finish_reason).toBe('stop')
    expect(completion.usage?.total_tokens).toBeGreaterThan(0)
  })

  it('streams to the stock OpenAI client, with the usage last', async () => {
    const stream = await client().chat.completions.create({
      model: 'greet',
      messages,
      stream: true,
      stream_options: { include_usage: true },
    })
    const chunks = []
    for await (const chunk of stream) chunks.push(chunk)
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toMatch(/\S/)
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('stop')
    expect(chunks.at(-1)?.usage?.completion_tokens).toBeGreaterThan(0)
  })

  it('makes the stock OpenAI client throw where a stream broke off', async () => {
    provider.setFaults({ kind: 'always', fault: 'stream-cut' })
    const stream = await client().chat.completions.create({
      model: 'greet',
      messages,
      stream: true,
    })
    const reading = (async () => {
      for await (const chunk of stream) expect(chunk.object).toBe('chat.completion.chunk')
    })()
    await expect(reading).rejects.toThrow(/starts anew|cut/)
    provider.setFaults({ kind: 'healthy' })
  })

  it('ends a stream that broke off with an error and without DONE', async () => {
    provider.setFaults({ kind: 'always', fault: 'stream-cut' })
    const response = await post('/v1/chat/completions', { model: 'greet', messages, stream: true })
    const text = await response.text()
    provider.setFaults({ kind: 'healthy' })
    expect(text).toContain('"error":{')
    expect(text).not.toContain('[DONE]')
  })

  it('names the pipeline that is not there', async () => {
    const response = await post('/v1/chat/completions', { model: 'nope', messages })
    expect(response.status).toBe(404)
    expect(JSON.stringify(await response.json())).toContain('nope')
  })
})

describe('starting', () => {
  const bare = definePipeline({
    name: 'bare',
    input: z.string(),
    output: 'text',
    deadlineMs: 1_000,
    prompt: ({ input }) => ({ user: input }),
    canned: () => 'x',
  })

  it('names the port that is taken and the way out', async () => {
    await expect(startServer({ app, port: server.port })).rejects.toThrow(
      new RegExp(`127\\.0\\.0\\.1:${server.port}.*PORT=`),
    )
  })

  it('says what it needs when it is given the application alone', async () => {
    await expect(startServer(app as never)).rejects.toMatchObject({ code: 'INVALID_CONFIG' })
  })

  it('names the data folder that cannot be written', async () => {
    const file = join(folder, 'a-file')
    writeFileSync(file, '')
    await expect(createHoldfast({ pipelines: { bare }, data: file, logger })).rejects.toThrow(
      /a-file/,
    )
  })

  it('names the Redis that cannot be reached, without its password', async () => {
    const queue = 'redis://user:hunter2@127.0.0.1:1'
    const error = await createHoldfast({
      pipelines: { bare },
      data: join(folder, 'd2'),
      queue,
      logger,
    }).catch((thrown: unknown) => thrown)
    expect(String(error)).toMatch(/127\.0\.0\.1:1.*Start it/)
    expect(String(error)).not.toContain('hunter2')
  })

  it('names a queue that is none of the three', async () => {
    await expect(
      createHoldfast({ pipelines: { bare }, data: join(folder, 'd3'), queue: 'mysql://x', logger }),
    ).rejects.toThrow(/mysql.*sqlite:/)
  })

  it('runs the same pipelines on Redis and Postgres by their connection strings', async () => {
    const models = [rehearsal(provider, { model: 'rehearsal-primary' })]
    const onRedis = await createHoldfast({
      pipelines: { bare },
      models,
      data: join(folder, 'd4'),
      queue: inject('redisUrl'),
      health: inject('redisUrl'),
      store: inject('postgresUrl'),
      events: inject('redisUrl'),
      logger,
    })
    const { answerId } = await onRedis.bare.enqueue('hello')
    const types: string[] = []
    for await (const events of onRedis.events.subscribe(answerId))
      types.push(...events.map(({ event }) => event.type))
    expect(types.at(-1)).toBe('answer-finished')
    await onRedis.close()
  })
})
