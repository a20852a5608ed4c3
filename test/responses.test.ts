import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import OpenAI from 'openai'
import { zodTextFormat } from 'openai/helpers/zod'
import type {
  Response as OpenaiResponse,
  ResponseStreamEvent,
} from 'openai/resources/responses/responses'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { z } from 'zod'
import { createHoldfast } from '../src/app/create-holdfast.ts'
import { startServer } from '../src/server/start-server.ts'
import { createLogger } from '../src/telemetry/logger.ts'
import { startLineProcess } from '../src/testing/line-process.ts'
import { seededRandom } from '../src/testing/seeded-random.ts'
import { type ChatApp, models, pipelines, startChatApp, story, workerSource } from './chat-app.ts'

let chat: ChatApp
let client: OpenAI

beforeAll(async () => {
  chat = await startChatApp()
  client = clientOf(chat.server.url)
})
afterAll(() => chat?.close())

function clientOf(url: string, apiKey = 'none'): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 })
}

type Events = AsyncIterable<ResponseStreamEvent>

async function all(events: Events): Promise<ResponseStreamEvent[]> {
  const seen: ResponseStreamEvent[] = []
  for await (const event of events) seen.push(event)
  return seen
}

/** The events of a stream until it has come to a text; its connection is then cut. */
async function until(text: string, events: Events): Promise<ResponseStreamEvent[]> {
  const seen: ResponseStreamEvent[] = []
  for await (const event of events) {
    seen.push(event)
    if (textIn(seen) === text) break
  }
  return seen
}

/** The first events of a stream, whose connection is then cut. */
async function first(count: number, events: Events): Promise<ResponseStreamEvent[]> {
  const seen: ResponseStreamEvent[] = []
  for await (const event of events) if (seen.push(event) === count) break
  return seen
}

function responseIn(events: readonly ResponseStreamEvent[]): OpenaiResponse {
  const event = events[0]
  if (event?.type !== 'response.created') throw new Error(`began with ${event?.type}`)
  return event.response
}

const textIn = (events: readonly ResponseStreamEvent[]): string =>
  events.map((event) => (event.type === 'response.output_text.delta' ? event.delta : '')).join('')

const numbersIn = (events: readonly ResponseStreamEvent[]): number[] =>
  events.map((event) => event.sequence_number)

async function pollUntil(id: string, ended: (response: OpenaiResponse) => boolean) {
  for (;;) {
    const response = await client.responses.retrieve(id)
    if (ended(response)) return response
  }
}

async function rawStream(
  path: string,
  headers: Record<string, string> = {},
  url = chat.server.url,
) {
  const response = await fetch(`${url}/v1/responses${path}`, { headers })
  return { status: response.status, text: await response.text() }
}

function post(body: unknown, headers: Record<string, string> = {}, url = chat.server.url) {
  return fetch(`${url}/v1/responses`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
}

/** What the last request of a model ended with as its user message. */
const lastPrompt = () => models.story.calls.at(-1)?.request.messages.at(-1)?.content

describe('the stock openai client', () => {
  it('waits for a response', async () => {
    const response = await client.responses.create({
      model: 'story',
      input: 'Tell me.',
      metadata: { ticket: '12' },
    })
    expect(response).toMatchObject({
      object: 'response',
      status: 'completed',
      model: 'story',
      output_text: story,
      metadata: { ticket: '12', holdfast_source: 'primary', holdfast_degraded: 'false' },
      usage: { input_tokens: 40, output_tokens: 16, total_tokens: 56 },
    })
    expect(await client.responses.retrieve(response.id)).toEqual(response)
  })

  it('streams a response with numbers from 0', async () => {
    const events = await all(
      await client.responses.create({ model: 'story', input: 'Tell me.', stream: true }),
    )
    expect(textIn(events)).toBe(story)
    expect(numbersIn(events)).toEqual(events.map((_, index) => index))
    expect(events.at(-1)?.type).toBe('response.completed')
  })

  it('accumulates a stream by its own helper', async () => {
    const stream = client.responses.stream({ model: 'story', input: 'Tell me.' })
    const final = await stream.finalResponse()
    expect(final.output_text).toBe(story)
    expect(final.status).toBe('completed')
  })

  it('works in the background and polls', async () => {
    const created = await client.responses.create({
      model: 'story',
      input: 'Tell me.',
      background: true,
    })
    expect(['queued', 'in_progress']).toContain(created.status)
    const ended = await pollUntil(created.id, ({ status }) => status === 'completed')
    expect(ended).toMatchObject({ background: true, output_text: story })
  })

  it('resumes after a cut, byte by byte the rest', async () => {
    const begun = await first(
      7,
      await client.responses.create({
        model: 'story',
        input: 'Tell me.',
        background: true,
        stream: true,
      }),
    )
    const { id } = responseIn(begun)
    const rest = await all(await client.responses.retrieve(id, { stream: true, starting_after: 6 }))
    expect(numbersIn([...begun, ...rest])).toEqual([...begun, ...rest].map((_, index) => index))
    expect(textIn([...begun, ...rest])).toBe(story)
    const whole = await rawStream(`/${id}?stream=true`)
    const tail = await rawStream(`/${id}?stream=true&starting_after=6`)
    expect(whole.text.endsWith(tail.text)).toBe(true)
    expect(tail.text.startsWith('id: 7\n')).toBe(true)
  })

  it('gets the same stream after the end from another process', async () => {
    const events = await all(
      await client.responses.create({ model: 'restarts', input: 'Tell me.', stream: true }),
    )
    const { id } = responseIn(events)
    const app = await createHoldfast({
      pipelines,
      data: chat.folder,
      concurrency: 0,
      logger: createLogger('silent'),
    })
    const server = await startServer({ app, port: 0 })
    const there = await rawStream(`/${id}?stream=true`, {}, server.url)
    await server.close()
    await app.close()
    expect(there).toEqual(await rawStream(`/${id}?stream=true`))
    expect(await all(await client.responses.retrieve(id, { stream: true }))).toEqual(events)
  })

  it('loses and doubles nothing through random cuts', async () => {
    const random = seededRandom(7)
    const follow = async (model: string) => {
      const input = model === 'sorting' ? '{"message":"Help!"}' : 'Tell me.'
      const asked = { model, input, background: true, stream: true } as const
      const seen: ResponseStreamEvent[] = []
      let events: Events = await client.responses.create(asked)
      for (;;) {
        seen.push(...(await first(1 + Math.floor(random() * 6), events)))
        if (/completed|failed/.test(seen.at(-1)?.type ?? '')) return seen
        const { id } = responseIn(seen)
        const starting_after = seen.length - 1
        events = await client.responses.retrieve(id, { stream: true, starting_after })
      }
    }
    const names = ['story', 'restarts', 'plain', 'sorting', 'canned', 'failing']
    for (const seen of await Promise.all([...names, ...names].map(follow))) {
      expect(numbersIn(seen)).toEqual(seen.map((_, index) => index))
      const { id } = responseIn(seen)
      expect(await all(await client.responses.retrieve(id, { stream: true }))).toEqual(seen)
    }
  })

  it('never mixes the texts of two attempts', async () => {
    const stream = client.responses.stream({ model: 'restarts', input: 'Tell me.' })
    const items = new Map<string, string>()
    stream.on('response.output_text.delta', ({ item_id, delta }) => {
      items.set(item_id, (items.get(item_id) ?? '') + delta)
    })
    const voided: unknown[] = []
    stream.on('event', (event) => {
      if (event.type === 'response.output_item.done') voided.push(event.item)
    })
    const final = await stream.finalResponse()
    expect([...items.values()]).toEqual(['The first attempt said', story])
    expect(voided).toMatchObject([{ status: 'incomplete' }, { status: 'completed' }])
    expect(final.output_text).toBe(story)
    expect(final.metadata).toMatchObject({ holdfast_source: 'fallback', holdfast_reason: 'cut' })
  })

  it('cancels a response, and the model stops', async () => {
    const begun = await until(
      'Once there was',
      await client.responses.create({
        model: 'stuck',
        input: 'Tell me.',
        background: true,
        stream: true,
      }),
    )
    const { id } = responseIn(begun)
    const cancelled = await client.responses.cancel(id)
    const said = [{ status: 'incomplete', content: [{ text: 'Once there was' }] }]
    expect(cancelled).toMatchObject({ id, status: 'cancelled', output: said })
    expect(await client.responses.retrieve(id)).toMatchObject(cancelled)
    const replay = await all(await client.responses.retrieve(id, { stream: true }))
    expect(replay.at(-1)).toMatchObject({ type: 'response.incomplete', response: cancelled })
    await expect.poll(() => models.stuck.open).toBe(0)
  })

  it('deletes a response', async () => {
    const { id } = await client.responses.create({ model: 'plain', input: 'Hello.' })
    await client.responses.delete(id)
    await expect(client.responses.retrieve(id)).rejects.toMatchObject({
      status: 404,
      code: 'not_found',
    })
    await expect(client.responses.delete(id)).rejects.toMatchObject({ status: 404 })
  })

  it('lists what a response was asked with', async () => {
    const { id } = await client.responses.create({
      model: 'story',
      input: [
        { role: 'user', content: 'One' },
        { role: 'assistant', content: 'Two' },
        { role: 'user', content: [{ type: 'input_text', text: 'Three' }] },
      ],
    })
    const items = []
    const listed = client.responses.inputItems.list(id, { order: 'asc', limit: 2 })
    for await (const item of listed) items.push(item)
    expect(items).toMatchObject([
      { role: 'user', content: [{ text: 'One' }] },
      { role: 'assistant', content: [{ text: 'Two' }] },
      { role: 'user', content: [{ text: 'Three' }] },
    ])
  })
})

describe('what a pipeline is asked with', () => {
  it('goes on from the response before', async () => {
    const one = await client.responses.create({ model: 'story', input: 'First.' })
    const two = await client.responses.create({
      model: 'story',
      input: 'Second.',
      previous_response_id: one.id,
    })
    await client.responses.create({
      model: 'story',
      input: 'Third.',
      instructions: 'Be brief.',
      previous_response_id: two.id,
    })
    expect(lastPrompt()).toBe(
      `system: Be brief.\nuser: First.\nassistant: ${story}\nuser: Second.\nassistant: ${story}\nuser: Third.`,
    )
  })

  it('goes on in a conversation by its name', async () => {
    const asked = { model: 'story', conversation: 'conv_kelp' }
    await client.responses.create({ ...asked, input: 'First.' })
    const second = await client.responses.create({ ...asked, input: 'Second.' })
    expect(second.conversation).toEqual({ id: 'conv_kelp' })
    expect(lastPrompt()).toBe(`user: First.\nassistant: ${story}\nuser: Second.`)
  })

  it('may be a plain text or the JSON of an input', async () => {
    const plain = await client.responses.create({ model: 'plain', input: 'Hello.' })
    expect(plain.output_text).toBe('Plain and short.')
    const sorted = await client.responses.create({ model: 'sorting', input: '{"message":"Help!"}' })
    expect(JSON.parse(sorted.output_text)).toEqual({ intent: 'support', reply: 'We look into it.' })
  })

  it('takes the schema of the pipeline and no other', async () => {
    const own = chat.app.pipelines.get('sorting')?.outputSchema ?? {}
    const ask = (schema: Record<string, unknown>) =>
      client.responses.create({
        model: 'sorting',
        input: '{"message":"Help!"}',
        text: { format: { type: 'json_schema', name: 'sorted', schema } },
      })
    expect((await ask(own)).output_text).toContain('"intent":"support"')
    const typed = z.object({ intent: z.enum(['exchange', 'support']), reply: z.string() })
    const parsed = await client.responses.parse({
      model: 'sorting',
      input: '{"message":"Help!"}',
      text: { format: zodTextFormat(typed, 'sorted') },
    })
    expect(parsed.output_parsed).toEqual({ intent: 'support', reply: 'We look into it.' })
    await expect(ask({ type: 'object', properties: {} })).rejects.toMatchObject({
      status: 400,
      param: 'text.format.schema',
    })
  })
})

describe('an answer that is none of the model', () => {
  it('says that it is canned, and why', async () => {
    const response = await client.responses.create({ model: 'canned', input: 'Hello.' })
    expect(response.output_text).toBe('Nobody can answer now.')
    expect(response.metadata).toMatchObject({
      holdfast_source: 'canned',
      holdfast_degraded: 'true',
      holdfast_reason: 'overloaded',
    })
    expect(response).toMatchObject({ holdfast: { source: 'canned', degraded: true } })
  })

  it('is a failed response where there is no canned one', async () => {
    const response = await client.responses.create({ model: 'failing', input: 'Hello.' })
    expect(response).toMatchObject({
      status: 'failed',
      output: [],
      error: { code: 'server_error', type: 'NO_ANSWER' },
    })
    const events = await all(
      await client.responses.create({ model: 'failing', input: 'Hello.', stream: true }),
    )
    expect(events.at(-1)?.type).toBe('response.failed')
  })
})

describe('a client that goes', () => {
  it('cancels in the foreground', async () => {
    const begun = await first(
      5,
      await client.responses.create({ model: 'stuck', input: 'Tell me.', stream: true }),
    )
    const ended = await pollUntil(responseIn(begun).id, ({ status }) => status === 'cancelled')
    expect(ended.background).toBe(false)
    const leaving = new AbortController()
    const calls = models.stuck.calls.length
    const waiting = client.responses.create(
      { model: 'stuck', input: 'Tell me.' },
      { signal: leaving.signal },
    )
    await expect.poll(() => models.stuck.calls.length).toBe(calls + 1)
    leaving.abort()
    await expect(waiting).rejects.toThrow()
    await expect.poll(() => models.stuck.open).toBe(0)
  })

  it('does not cancel in the background', async () => {
    const begun = await first(
      1,
      await client.responses.create({
        model: 'story',
        input: 'Tell me.',
        background: true,
        stream: true,
      }),
    )
    const ended = await pollUntil(responseIn(begun).id, ({ status }) => status === 'completed')
    expect(ended.output_text).toBe(story)
  })
})

describe('a response that is not stored', () => {
  it('is made and forgotten', async () => {
    const response = await client.responses.create({ model: 'story', input: 'Hi.', store: false })
    expect(response.output_text).toBe(story)
    await expect(client.responses.retrieve(response.id)).rejects.toMatchObject({ status: 404 })
    const asked = { model: 'failing', input: 'Hi.', store: false, stream: true } as const
    const events = await all(await client.responses.create(asked))
    expect(events.at(-1)).toMatchObject({
      type: 'response.failed',
      response: { error: { type: 'NO_ANSWER' } },
    })
  })
})

describe('plain HTTP', () => {
  const run = promisify(execFile)
  const curl = async (...parameters: string[]) =>
    (await run('curl', ['--silent', '--no-buffer', ...parameters])).stdout

  it('serves curl, which resumes by Last-Event-ID', async () => {
    const address = `${chat.server.url}/v1/responses`
    const body = JSON.stringify({ model: 'story', input: 'Tell me.', background: true })
    const created = JSON.parse(
      await curl(address, '--header', 'content-type: application/json', '--data', body),
    )
    const whole = await curl(`${address}/${created.id}?stream=true`)
    const rest = await curl(`${address}/${created.id}?stream=true`, '--header', 'last-event-id: 9')
    expect(rest.startsWith('id: 10\n')).toBe(true)
    expect(whole.endsWith(rest)).toBe(true)
    const polled = JSON.parse(await curl(`${address}/${created.id}`))
    expect(polled).toMatchObject({ status: 'completed', output: [{ type: 'message' }] })
  })

  it('answers 204 to one that has everything', async () => {
    const { id } = await client.responses.create({ model: 'plain', input: 'Hello.' })
    const whole = await rawStream(`/${id}?stream=true`)
    const last = Number(/id: (\d+)\n(?!.*id: )/s.exec(whole.text)?.[1])
    expect(await rawStream(`/${id}?stream=true&starting_after=${last}`)).toEqual({
      status: 204,
      text: '',
    })
    const beyond = await rawStream(`/${id}?stream=true&starting_after=${last + 1}`)
    expect(beyond.status).toBe(400)
    expect(beyond.text).toContain('starting_after')
  })

  it('makes one response of a repeated key', async () => {
    const ask = async () => {
      const asked = { model: 'story', input: 'Tell me.', background: true }
      return (await (await post(asked, { 'idempotency-key': 'k1' })).json()) as { id: string }
    }
    expect((await ask()).id).toBe((await ask()).id)
  })

  it.each([
    [{ input: 'x' }, 400, 'model'],
    [{ model: 'nobody', input: 'x' }, 404, 'model'],
    [{ model: 'story' }, 400, 'input'],
    [{ model: 'story', input: '' }, 400, 'input'],
    [{ model: 'story', input: [{ role: 'nobody', content: 'x' }] }, 400, 'input[0].role'],
    [
      { model: 'story', input: [{ role: 'user', content: [{ type: 'input_image' }] }] },
      400,
      'input[0].content[0].type',
    ],
    [{ model: 'story', input: [{ type: 'function_call_output' }] }, 400, 'input[0].type'],
    [{ model: 'story', input: [{ role: 'assistant', content: 'x' }] }, 400, 'input'],
    [{ model: 'story', input: 'x', background: 'yes' }, 400, 'background'],
    [{ model: 'story', input: 'x', background: true, store: false }, 400, 'store'],
    [{ model: 'story', input: 'x', temperature: 0.5 }, 400, 'temperature'],
    [{ model: 'story', input: 'x', tools: [{ type: 'web_search' }] }, 400, 'tools'],
    [{ model: 'story', input: 'x', metadata: { a: 1 } }, 400, 'metadata.a'],
    [{ model: 'story', input: 'x', metadata: { holdfast_x: 'y' } }, 400, 'metadata.holdfast_x'],
    [{ model: 'story', input: 'x', text: { format: { type: 'json_object' } } }, 400, 'text.format'],
    [{ model: 'story', input: 'x', previous_response_id: 'resp_0' }, 400, 'previous_response_id'],
    [
      { model: 'story', input: 'x', previous_response_id: 'resp_0', conversation: 'c' },
      400,
      'previous_response_id',
    ],
    [{ model: 'plain', input: 'x', instructions: 'Be brief.' }, 400, 'input'],
    [{ model: 'sorting', input: 'no JSON' }, 400, 'input'],
  ])('refuses %j and names the field', async (body, status, param) => {
    const response = await post(body)
    expect(response.status).toBe(status)
    expect(await response.json()).toEqual({
      error: {
        message: expect.stringMatching(/\.$/),
        type: 'invalid_request_error',
        param,
        code: param === 'model' && status === 404 ? 'model_not_found' : 'invalid_input',
      },
    })
  })

  it.each(['-1', 'x', '1.5'])('refuses to start after %s', async (after) => {
    const { id } = await client.responses.create({ model: 'plain', input: 'Hello.' })
    const response = await rawStream(`/${id}?stream=true&starting_after=${after}`)
    expect(response.status).toBe(400)
    expect(JSON.parse(response.text).error.param).toBe('starting_after')
  })
})

describe('a client without the key', () => {
  it('is told so in the words of the protocol', async () => {
    const { app } = chat
    const server = await startServer({ app, port: 0, apiKey: 's3cret' })
    const asked = { model: 'plain', input: 'Hello.' }
    const refused = clientOf(server.url, 'wrong').responses.create(asked)
    await expect(refused).rejects.toThrow(OpenAI.AuthenticationError)
    await expect(refused).rejects.toMatchObject({ code: 'forbidden', type: 'permission_error' })
    const response = await clientOf(server.url, 's3cret').responses.create(asked)
    expect(response.status).toBe('completed')
    await server.close()
  })
})

describe('the responses of a user', () => {
  let users: ChatApp
  beforeAll(async () => {
    users = await startChatApp({
      apiKey: 'operator',
      user: ({ headers }) => headers.authorization?.replace('Bearer user-', ''),
    })
  })
  afterAll(() => users?.close())

  it('are not there for another', async () => {
    const ada = clientOf(users.server.url, 'user-ada')
    const bob = clientOf(users.server.url, 'user-bob')
    const { id } = await ada.responses.create({ model: 'story', input: 'Hello.' })
    const missing = { status: 404, code: 'not_found' }
    await expect(bob.responses.retrieve(id)).rejects.toMatchObject(missing)
    await expect(bob.responses.retrieve(id, { stream: true })).rejects.toMatchObject(missing)
    await expect(bob.responses.cancel(id)).rejects.toMatchObject(missing)
    await expect(bob.responses.delete(id)).rejects.toMatchObject(missing)
    await expect(bob.responses.inputItems.list(id)).rejects.toMatchObject(missing)
    const stolen = bob.responses.create({ model: 'story', input: 'x', previous_response_id: id })
    await expect(stolen).rejects.toMatchObject({ status: 400, param: 'previous_response_id' })
    expect((await ada.responses.retrieve(id)).output_text).toBe(story)
  })

  it('are deleted with them', async () => {
    const eve = clientOf(users.server.url, 'user-eve')
    const { id } = await eve.responses.create({ model: 'story', input: 'I am Eve.' })
    const next = { model: 'story', input: 'Forget me.', previous_response_id: id }
    const second = await eve.responses.create(next)
    expect(await users.app.conversations.deleteUser('eve')).toMatchObject({ answers: 2 })
    await expect(eve.responses.retrieve(id)).rejects.toMatchObject({ status: 404 })
    await expect(eve.responses.retrieve(second.id)).rejects.toMatchObject({ status: 404 })
  })

  it('share no conversation of one name', async () => {
    const ask = (user: string) =>
      clientOf(users.server.url, user).responses.create({
        model: 'story',
        input: `I am ${user}.`,
        conversation: 'mine',
      })
    await ask('user-ada')
    await ask('user-bob')
    expect(lastPrompt()).toBe('user: I am user-bob.')
  })

  it('need a user, and open nothing else', async () => {
    const { url } = users.server
    expect((await post({ model: 'story', input: 'x' }, {}, url)).status).toBe(401)
    const headers = { authorization: 'Bearer user-ada' }
    expect((await fetch(`${url}/v1/answers`, { headers })).status).toBe(401)
    const keyless = startServer({ app: users.app, port: 0, user: () => 'ada' })
    await expect(keyless).rejects.toMatchObject({ code: 'INVALID_CONFIG' })
  })
})

describe.each([
  ['SQLite', () => ({})],
  ['Redis', () => ({ queue: inject('redisUrl'), events: inject('redisUrl') })],
])('a worker that is killed, with queue and events in %s', (_name, connectionsOf) => {
  it('costs a client no event and mixes no texts', async () => {
    const connections = connectionsOf()
    const front = await startChatApp({ concurrency: 0, ...connections })
    const first = startLineProcess(workerSource('stuck', connections), [front.folder])
    await first.nextLine()
    const begun: ResponseStreamEvent[] = []
    const events = await clientOf(front.server.url).responses.create({
      model: 'story',
      input: 'Tell me.',
      background: true,
      stream: true,
    })
    for await (const event of events) {
      begun.push(event)
      if (textIn(begun) === 'Once there was' && begun.at(-1)?.type.endsWith('delta')) {
        first.kill()
        await first.ended
        await startLineProcess(workerSource('slowly', connections), [front.folder]).nextLine()
      }
    }
    const done = begun.filter((event) => event.type === 'response.output_item.done')
    expect(done).toMatchObject([
      { item: { status: 'incomplete', content: [{ text: 'Once there was' }] } },
      { item: { status: 'completed', content: [{ text: story }] } },
    ])
    expect(numbersIn(begun)).toEqual(begun.map((_, index) => index))
    expect(begun.at(-1)).toMatchObject({ type: 'response.completed' })
    const { id } = responseIn(begun)
    const again = clientOf(front.server.url).responses
    expect(await all(await again.retrieve(id, { stream: true }))).toEqual(begun)
    const rest = await all(await again.retrieve(id, { stream: true, starting_after: 5 }))
    expect(rest).toEqual(begun.slice(6))
    await front.close()
  })
})
