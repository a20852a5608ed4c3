import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { definePipeline } from '../src/pipeline/definition.ts'
import { createBench } from '../src/pipeline/pipeline.fixture.ts'
import { anthropic } from '../src/providers/anthropic/anthropic.ts'
import { openai } from '../src/providers/openai/openai.ts'

/**
 * Each provider gets the schema in the form that it can hold its model to, and what this changes in
 * the answer is undone: whoever reads the answer or follows its fields sees the pipeline's own schema.
 */

type Body = Record<string, unknown>
type Answer = (body: Body) => { readonly status: number; readonly events: readonly string[] }

let base = ''
const bodies: Body[] = []
let answers: Record<string, Answer> = {}
const server = createServer((request, response) => void serve(request, response))

beforeAll(async () => {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  const body = JSON.parse(Buffer.concat(parts).toString()) as Body
  bodies.push(body)
  const answer = answers[String(body.model)]?.(body)
  response.writeHead(answer?.status ?? 404, { 'content-type': 'text/event-stream' })
  response.end(answer?.events.join(''))
}

/** An answer of OpenAI's protocol, a few characters at a time. */
function chat(text: string): ReturnType<Answer> {
  const pieces = text.match(/[\s\S]{1,5}/g) ?? []
  const chunks = pieces.map((content) => ({ id: 'c', choices: [{ index: 0, delta: { content } }] }))
  const end = { id: 'c', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }
  const lines = [...chunks, end].map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`)
  return { status: 200, events: [...lines, 'data: [DONE]\n\n'] }
}

/** An answer of Anthropic's protocol. */
function message(text: string): ReturnType<Answer> {
  const pieces = text.match(/[\s\S]{1,5}/g) ?? []
  const events = [
    { type: 'message_start', message: { id: 'm', usage: { input_tokens: 1 } } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    ...pieces.map((piece) => ({
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'text_delta', text: piece },
    })),
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1 } },
    { type: 'message_stop' },
  ]
  return { status: 200, events: events.map((each) => `data: ${JSON.stringify(each)}\n\n`) }
}

const schemaSent = (body: Body | undefined) =>
  JSON.stringify(body?.response_format ?? body?.output_config)
const refuses = { status: 401, events: ['{"error":{"message":"no"}}'] }

const list = z.array(z.object({ name: z.string(), note: z.string().optional() }))

function pipelineOf() {
  return definePipeline({
    name: 'names',
    input: z.object({}),
    output: list,
    models: [
      openai('gpt-4.1-mini', { baseUrl: `${base}/v1`, apiKey: 'k', env: {} }),
      anthropic('claude-haiku-4-5', { baseUrl: base, apiKey: 'k', env: {} }),
    ],
    deadlineMs: 20_000,
    corrections: 0,
    prompt: () => ({ user: 'Which names?' }),
    canned: 'none',
  })
}

describe('strict schemas of several providers in one pipeline', () => {
  it('reads what OpenAI was made to write, without envelope and nulls', async () => {
    answers = { 'gpt-4.1-mini': () => chat('{"value":[{"name":"Mia","note":null}]}') }
    const { run, events } = createBench()
    const answer = await run(pipelineOf(), {})
    expect(answer).toMatchObject({ source: 'primary', value: [{ name: 'Mia' }], mended: [] })
    expect(answer.value).toEqual([{ name: 'Mia' }])
    const sent = schemaSent(bodies.at(-1))
    expect(sent).toContain('"strict":true')
    expect(sent).toContain('"required":["name","note"]')
    const fields = events.flatMap((event) => (event.type === 'field' ? [event.path] : []))
    expect(fields).toEqual([[0, 'name']])
  })

  it('sends the fallback a schema of its own and reads its answer alike', async () => {
    answers = {
      'gpt-4.1-mini': () => refuses,
      'claude-haiku-4-5': () =>
        message('{"value": [{"name": "Mia"}, {"name": "Ben", "note": "x"}]}'),
    }
    const { run, events } = createBench()
    const answer = await run(pipelineOf(), {})
    expect(answer).toMatchObject({ source: 'fallback', mended: [] })
    expect(answer.value).toEqual([{ name: 'Mia' }, { name: 'Ben', note: 'x' }])
    expect(schemaSent(bodies.at(-1))).toContain('"required":["name"]')
    const fields = events.flatMap((event) => (event.type === 'field' ? [event.path.join('.')] : []))
    expect(fields).toEqual(['0.name', '1.name', '1.note'])
  })
})
