import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createHoldfast } from '../src/app/create-holdfast.ts'
import type { HoldfastParts } from '../src/app/holdfast.ts'
import { ModelFault } from '../src/model/fault.ts'
import { definePipeline } from '../src/pipeline/definition.ts'
import { type RunningServer, startServer } from '../src/server/start-server.ts'
import { createTestSdk } from '../src/telemetry/sdk.fixture.ts'
import { fails, type Script, says, scriptedModel } from '../src/testing/scripted-model.ts'

/**
 * Secrets planted wherever an application that runs can be observed: in messages, variables, tool calls and
 * their results, errors with their causes and stacks, URLs, headers, ids, and what a job carries; read back
 * from spans, log events, metrics, log lines, the store of traces, and the live view. The models answer
 * in chunks of one character.
 */

const secrets = {
  email: 'canary.kenarek@example.com',
  card: '4111 1111 1111 1111',
  iban: 'DE89 3704 0044 0532 0130 00',
  key: 'sk-proj-Q7fKx2mTz9vLw4RbYc8NdH3sJgPa6EuVoXi1',
  jwt: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U',
  url: 'https://admin:tr0ub4dor@db.example.net/x',
}
const marks = ['kenarek', '1111 1111', '3704 0044', 'Q7fKx2mTz9vLw4', 'dozjgNryP4J3', 'tr0ub4dor']
const all = Object.values(secrets).join(' | ')

const folder = mkdtempSync(join(tmpdir(), 'holdfast-secrets-'))
const sdk = createTestSdk()
const lines: object[] = []
const write = (fields: object, message: string) => void lines.push({ ...fields, message })
const usage = { inputTokens: 50, outputTokens: 9 }
let app: HoldfastParts
let server: RunningServer
let live = ''
const stop = new AbortController()

const letters = (text: string): Script => says(text, { chunkLength: 1, usage })

function pipelines() {
  const down = fails({
    kind: 'http',
    status: 503,
    headers: { 'x-request-id': secrets.jwt, location: secrets.url },
    body: `upstream of ${secrets.url} said: ${all} ${'and so on '.repeat(9)} ${all}`,
  })
  const broken = new ModelFault(
    { provider: 'lab', id: 'm' },
    { kind: 'network', code: secrets.key, sent: true },
    { cause: Object.assign(new Error(`connect ${all}`), { code: secrets.key }) },
  )
  const throws: Script = [
    { type: 'throw', error: new Error(`no route: ${all}`, { cause: broken }) },
  ]
  const toolCall: Script = [
    { type: 'response-started', response: { requestId: secrets.jwt, fingerprint: secrets.key } },
    {
      type: 'tool-call',
      toolCall: {
        id: 'c1',
        name: 'pay',
        arguments: JSON.stringify({ to: secrets.iban, inner: JSON.stringify({ k: secrets.key }) }),
      },
    },
    { type: 'finish', finishReason: 'tool-calls', response: {}, usage },
  ]
  const answer = letters(JSON.stringify({ reply: `${'Well then. '.repeat(60)}${all}` }))
  const facts = {
    output: z.object({ reply: z.string() }),
    deadlineMs: 10_000,
    policy: { retries: { baseDelayMs: 5 } },
  }
  const chat = definePipeline({
    ...facts,
    name: 'chat',
    input: z.object({ user: z.string(), message: z.string() }),
    models: [
      scriptedModel({ provider: 'lab', id: 'primary-1', script: [down, throws, answer] }),
      scriptedModel({ provider: 'lab', id: 'fallback-1', script: answer }),
    ],
    memory: { conversation: ({ user }) => user, tokenBudget: 2_000 },
    prompt: ({ input }) => ({ system: `Keys: ${all}`, user: `${input.message} ${all}` }),
    canned: () => ({ reply: all }),
  })
  const act = definePipeline({
    ...facts,
    name: 'act',
    input: z.object({ note: z.string() }),
    models: [scriptedModel({ provider: 'lab', id: 'tools-1', script: toolCall })],
    async run({ input, step }) {
      await step(`look up ${secrets.email}`, async () => ({ found: all, note: input.note }))
      throw new TypeError(`The payment failed: ${all}`)
    },
    canned: 'none',
  })
  return { chat, act }
}

beforeAll(async () => {
  app = await createHoldfast({
    pipelines: pipelines(),
    data: join(folder, 'data'),
    logger: { debug: write, info: write, warn: write, error: write },
    telemetry: { ...sdk.providers, content: 'event' },
  })
  server = await startServer({ app, port: 0 })
  await watchLive()
  await post('chat', { user: secrets.email, message: all })
  await post('chat', { user: secrets.email, message: all }, '?wait=true')
  await post('act', { note: all })
  await post('act', { note: all }, '?wait=true')
  await post(encodeURIComponent(secrets.email), { note: all })
  await fetch(`${server.url}/v1/traces/${encodeURIComponent(secrets.email)}?key=${secrets.key}`)
  await app.model('act').generate(
    {
      messages: [
        { role: 'system', content: all },
        { role: 'tool', toolCallId: 'c1', toolName: 'pay', content: all },
      ],
      tools: [{ name: 'pay', description: all, parameters: { type: 'object' } }],
    },
    { signal: stop.signal },
  )
  await settled()
}, 60_000)

afterAll(async () => {
  stop.abort()
  await server?.close()
  await app?.close()
  await sdk.shutdown()
  rmSync(folder, { recursive: true, force: true })
})

async function post(pipeline: string, input: object, query = ''): Promise<void> {
  const response = await fetch(`${server.url}/v1/pipelines/${pipeline}/answers${query}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'idempotency-key': `${secrets.email} ${pipeline} ${query}`,
      'user-agent': `agent ${secrets.key}`,
      cookie: `session=${secrets.jwt}`,
    },
    body: JSON.stringify({ input }),
  })
  const { id } = (await response.json()) as { id?: string }
  if (response.status !== 202 || !id) return
  const events = await fetch(`${server.url}/v1/answers/${id}/events`)
  await events.text()
}

/** Reads the live view, as the page of an operator does. */
async function watchLive(): Promise<void> {
  const response = await fetch(`${server.url}/v1/traces/live`, { signal: stop.signal })
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  const read = async (): Promise<void> => {
    const { value, done } = (await reader?.read()) ?? { done: true }
    if (done) return
    live += value ?? ''
    await read()
  }
  const isGone = () => undefined
  const reading = read().catch(isGone)
  stop.signal.addEventListener('abort', () => void reading)
}

/** Resolves when the calls are kept and the live view has told of all of them. */
async function settled(): Promise<void> {
  const traces = await app.traces.list({})
  const calls = traces.filter(({ name }) => name.startsWith('llm.call')).length
  while ((live.match(/event: call-ended/g)?.length ?? 0) < calls) {
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe('an application that runs', () => {
  it.each<[string, () => unknown]>([
    ['spans', () => sdk.spans().map(({ resource: _resource, ...span }) => ({ ...span }))],
    ['log events', () => sdk.logs().map(({ body, attributes }) => ({ body, attributes }))],
    ['metrics of the SDK', () => sdk.metrics()],
    ['metrics for Prometheus', () => app.metrics()],
    ['log lines', () => lines],
    ['stored traces', () => app.traces.list({})],
    ['the live view', () => live],
  ])('shows no secret in its %s', async (_place, read) => {
    const text = JSON.stringify(await read(), circular())
    expect(text.length).toBeGreaterThan(500)
    expect(marks.filter((mark) => text.includes(mark))).toEqual([])
  })

  it('has been observed in every way there is', async () => {
    const names = new Set(sdk.spans().map(({ name }) => name))
    expect([...names]).toEqual(
      expect.arrayContaining(['llm.call chat', 'llm.call act', 'chat primary-1', 'chat tools-1']),
    )
    const stored = JSON.stringify(await app.traces.list({}))
    for (const text of [stored, live]) expect(text).toContain('[EMAIL_1]')
    expect(stored).toMatch(/pay/)
    const messages = lines.map((line) => JSON.stringify(line)).join('\n')
    expect(messages).toContain('An attempt failed.')
    expect(messages).toContain('"stack"')
    for (const type of ['span-started', 'text', 'span-ended', 'call-ended']) {
      expect(live).toContain(`event: ${type}`)
    }
    expect(stored + live + messages).not.toContain('REDACTION_FAILED')
  })

  it('shows its live view to those alone who may see traces', async () => {
    const closed = await startServer({ app, port: 0, apiKey: 'k3y' })
    const without = await fetch(`${closed.url}/v1/traces/live`)
    expect(without.status).toBe(401)
    const headers = { authorization: 'Bearer k3y' }
    const leave = new AbortController()
    const { status, body } = await fetch(`${closed.url}/v1/traces/live`, {
      headers,
      signal: leave.signal,
    })
    expect(status).toBe(200)
    // The server ends the stream when it stops, so that stopping does not wait for those who watch.
    const rest = body?.getReader()
    await rest?.read()
    await closed.close()
    expect((await rest?.read())?.done).toBe(true)
    const foreign = await fetch(`${server.url}/v1/traces/live`, {
      headers: { origin: 'https://elsewhere.example' },
    })
    expect(foreign.status).toBe(403)
  })
})

/** Spans of the SDK hold what holds them. */
function circular() {
  const seen = new WeakSet<object>()
  return (_key: string, value: unknown) => {
    if (typeof value === 'bigint') return String(value)
    if (typeof value !== 'object' || value === null) return value
    if (seen.has(value)) return undefined
    seen.add(value)
    return value
  }
}
