import { generateText, Output, streamText, tool } from 'ai'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { untilAborted } from '../../base/abort.ts'
import { isModelFault, ModelFault } from '../../model/fault.ts'
import type { AttemptOptions, Model, ModelEvent, ModelRequest } from '../../model/model.ts'
import { toAiSdk } from './to-ai-sdk.ts'

const usage = { inputTokens: 9, outputTokens: 4, cachedInputTokens: 2, reasoningTokens: 1 }
const response = { requestId: 'r-1', servedModel: 'm-1-2026', fingerprint: 'fp' }

interface Scripted extends Model {
  readonly calls: { request: ModelRequest; options: AttemptOptions }[]
  pulled: number
  left: boolean
}

type Step = ModelEvent | Error | 'hang'

/** A model that plays one list of steps for each call, the last one for all that follow; an error is thrown. */
function scripted(...scripts: Step[][]): Scripted {
  const calls: Scripted['calls'] = []
  const play = async function* (request: ModelRequest, options: AttemptOptions) {
    const script = scripts[Math.min(calls.length, scripts.length - 1)] ?? []
    calls.push({ request, options })
    try {
      for (const step of script) {
        options.signal.throwIfAborted()
        if (step instanceof Error) throw step
        if (step === 'hang') {
          await untilAborted(new Promise<never>(() => {}), options.signal)
          continue
        }
        model.pulled++
        yield step
      }
    } finally {
      model.left = true
    }
  }
  const model: Scripted = {
    provider: 'scripted',
    id: 'm-1',
    capabilities: { structuredOutput: 'json-schema', prefill: false },
    calls,
    pulled: 0,
    left: false,
    stream: play,
    async generate(request, options) {
      let text = ''
      const toolCalls = []
      for await (const event of play(request, options)) {
        if (event.type === 'text-delta') text += event.text
        if (event.type === 'tool-call') toolCalls.push(event.toolCall)
        if (event.type === 'finish') return { ...event, text, toolCalls }
      }
      throw new Error('The script has no end')
    },
  }
  return model
}

const says = (text: string): ModelEvent => ({ type: 'text-delta', text })
const ends = (finishReason: 'stop' | 'length' | 'refusal' | 'tool-calls' = 'stop'): ModelEvent => ({
  type: 'finish',
  finishReason,
  usage,
  response,
  ...(finishReason === 'refusal' && { refusal: 'No.' }),
})
const starts: ModelEvent = { type: 'response-started', response }
const cut = new ModelFault({ provider: 'scripted', id: 'm-1' }, { kind: 'cut' })

const prompt = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'Hi' }] }]

async function partsOf(model: Model): Promise<unknown[]> {
  const { stream } = await toAiSdk(model).doStream({ prompt })
  const parts: unknown[] = []
  for await (const part of stream) parts.push(part)
  return parts
}

describe('toAiSdk under ai@7', () => {
  it('answers generateText with text, usage and who answered', async () => {
    const model = scripted([starts, says('Hello'), ends()])
    const result = await generateText({
      model: toAiSdk(model),
      instructions: 'Be brief.',
      prompt: 'Hi',
      maxOutputTokens: 50,
      temperature: 0.5,
      headers: { 'X-Trace': 't' },
    })
    expect(result.text).toBe('Hello')
    expect(result.finishReason).toBe('stop')
    expect(result.response.modelId).toBe('m-1-2026')
    expect(result.usage).toMatchObject({ inputTokens: 9, outputTokens: 4 })
    expect(result.providerMetadata).toMatchObject({ holdfast: { fingerprint: 'fp' } })
    expect(model.calls[0]?.request).toMatchObject({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hi' },
      ],
      maxOutputTokens: 50,
      temperature: 0.5,
    })
    expect(model.calls[0]?.options.headers).toMatchObject({ 'x-trace': 't' })
  })

  it('streams text and thoughts to streamText', async () => {
    const thought: ModelEvent = { type: 'reasoning-delta', text: 'Hm' }
    const result = streamText({
      model: toAiSdk(scripted([starts, thought, says('Hel'), says('lo'), ends()])),
      prompt: 'Hi',
    })
    const texts: string[] = []
    for await (const text of result.textStream) texts.push(text)
    expect(texts).toEqual(['Hel', 'lo'])
    expect(await result.reasoningText).toBe('Hm')
    expect(await result.usage).toMatchObject({ inputTokens: 9, outputTokens: 4 })
    expect(await result.finishReason).toBe('stop')
  })

  it('passes the schema of Output.object on and gives the object', async () => {
    const model = scripted([starts, says('{"intent":'), says('"exchange"}'), ends()])
    const result = await generateText({
      model: toAiSdk(model),
      prompt: 'Hi',
      output: Output.object({ schema: z.object({ intent: z.enum(['exchange', 'support']) }) }),
    })
    expect(result.output).toEqual({ intent: 'exchange' })
    expect(model.calls[0]?.request.output).toMatchObject({
      type: 'json',
      schema: { type: 'object', properties: { intent: { enum: ['exchange', 'support'] } } },
    })
  })

  it('lets the SDK run a tool and ask again', async () => {
    const toolCall = { id: 'c-1', name: 'rate', arguments: '{"from":"EUR"}' }
    const model = scripted(
      [starts, { type: 'tool-call', toolCall }, ends('tool-calls')],
      [starts, says('It is 1.1'), ends()],
    )
    const result = streamText({
      model: toAiSdk(model),
      prompt: 'Rate?',
      tools: {
        rate: tool({
          description: 'The rate',
          inputSchema: z.object({ from: z.string() }),
          execute: async ({ from }) => ({ [from]: 1.1 }),
        }),
      },
      stopWhen: ({ steps }) => steps.length === 2,
    })
    expect(await result.text).toBe('It is 1.1')
    expect(model.calls[0]?.request.tools).toMatchObject([{ name: 'rate', description: 'The rate' }])
    expect(model.calls[1]?.request.messages.slice(1)).toEqual([
      { role: 'assistant', content: '', toolCalls: [toolCall] },
      { role: 'tool', toolCallId: 'c-1', toolName: 'rate', content: '{"EUR":1.1}' },
    ])
  })

  it('breaks the text stream of an answer that is cut', async () => {
    const errors: unknown[] = []
    const result = streamText({
      model: toAiSdk(scripted([starts, says('The answer is '), cut])),
      prompt: 'Hi',
      onError: ({ error }) => void errors.push(error),
    })
    let text = ''
    const read = async (): Promise<void> => {
      for await (const piece of result.textStream) text += piece
    }
    await expect(read()).rejects.toBe(cut)
    await expect(Promise.resolve(result.text)).rejects.toBe(cut)
    expect(text).toBe('The answer is ')
    expect(errors).toEqual([cut])
  })

  it('is not called again by the SDK’s own retries', async () => {
    const model = scripted([cut])
    await expect(generateText({ model: toAiSdk(model), prompt: 'Hi' })).rejects.toBe(cut)
    expect(model.calls).toHaveLength(1)
  })

  it('passes an abort on and ends with its reason', async () => {
    const controller = new AbortController()
    const model = scripted([starts, says('a'), 'hang'])
    const result = streamText({
      model: toAiSdk(model),
      prompt: 'Hi',
      abortSignal: controller.signal,
    })
    const types: string[] = []
    for await (const part of result.fullStream) {
      types.push(part.type)
      if (part.type === 'text-delta') controller.abort(new DOMException('left', 'AbortError'))
    }
    expect(types.at(-1)).toBe('abort')
    expect(model.calls[0]?.options.signal.aborted).toBe(true)
    expect(model.left).toBe(true)
  })
})

describe('toAiSdk by its contract', () => {
  it('gives every part of a stream in order', async () => {
    const toolCall = { id: 'c', name: 't', arguments: '{}' }
    const events: ModelEvent[] = [
      starts,
      { type: 'reasoning-delta', text: 'Hm' },
      says('a'),
      says('b'),
      { type: 'tool-call', toolCall },
      ends('tool-calls'),
    ]
    expect(await partsOf(scripted(events))).toEqual([
      { type: 'stream-start', warnings: [] },
      { type: 'response-metadata', id: 'r-1', modelId: 'm-1-2026' },
      { type: 'reasoning-start', id: '1' },
      { type: 'reasoning-delta', id: '1', delta: 'Hm' },
      { type: 'reasoning-end', id: '1' },
      { type: 'text-start', id: '2' },
      { type: 'text-delta', id: '2', delta: 'a' },
      { type: 'text-delta', id: '2', delta: 'b' },
      { type: 'text-end', id: '2' },
      { type: 'tool-input-start', id: 'c', toolName: 't' },
      { type: 'tool-input-delta', id: 'c', delta: '{}' },
      { type: 'tool-input-end', id: 'c' },
      { type: 'tool-call', toolCallId: 'c', toolName: 't', input: '{}' },
      {
        type: 'finish',
        finishReason: { unified: 'tool-calls', raw: 'tool-calls' },
        usage: {
          inputTokens: { total: 9, noCache: 7, cacheRead: 2, cacheWrite: undefined },
          outputTokens: { total: 4, text: 3, reasoning: 1 },
        },
        providerMetadata: { holdfast: { servedModel: 'm-1-2026', fingerprint: 'fp' } },
      },
    ])
  })

  it('advertises version 3 with the same answers', async () => {
    const model = toAiSdk(scripted([starts, says('Hi'), ends()]), { version: 'v3' })
    expect(model).toMatchObject({
      specificationVersion: 'v3',
      provider: 'scripted',
      modelId: 'm-1',
    })
    const result = await model.doGenerate({ prompt })
    expect(result.content).toEqual([{ type: 'text', text: 'Hi' }])
    expect(result.finishReason).toEqual({ unified: 'stop', raw: 'stop' })
    const { text } = await generateText({ model, prompt: 'Hi' })
    expect(text).toBe('Hi')
  })

  it('gives a refusal as a content filter that says so', async () => {
    const result = await toAiSdk(scripted([ends('refusal')])).doGenerate({ prompt })
    expect(result.finishReason).toEqual({ unified: 'content-filter', raw: 'refusal' })
    expect(result.providerMetadata).toMatchObject({ holdfast: { refusal: 'No.' } })
  })

  it('warns of settings that it has to leave out', async () => {
    const result = await toAiSdk(scripted([says('x'), ends()])).doGenerate({
      prompt,
      topK: 5,
      presencePenalty: 0.1,
      reasoning: 'provider-default',
    })
    expect(result.warnings).toEqual([
      { type: 'unsupported', feature: 'topK' },
      { type: 'unsupported', feature: 'presencePenalty' },
    ])
  })

  it('refuses a file in the prompt', async () => {
    const model = scripted([ends()])
    const file = {
      type: 'file' as const,
      mediaType: 'image/png',
      data: { type: 'data' as const, data: 'AAAA' },
    }
    const call = toAiSdk(model).doGenerate({ prompt: [{ role: 'user', content: [file] }] })
    const error = await Promise.resolve(call).catch((thrown: unknown) => thrown)
    expect(isModelFault(error) && error.evidence).toEqual({
      kind: 'unsupported',
      feature: 'a file in the prompt',
    })
    expect(model.calls).toHaveLength(0)
  })

  it('leaves out the reasoning of earlier turns', async () => {
    const model = scripted([says('x'), ends()])
    await toAiSdk(model).doGenerate({
      prompt: [
        ...prompt,
        {
          role: 'assistant',
          content: [
            { type: 'reasoning', text: 'secret' },
            { type: 'text', text: 'Hello' },
          ],
        },
        ...prompt,
      ],
    })
    expect(model.calls[0]?.request.messages[1]).toEqual({ role: 'assistant', content: 'Hello' })
  })

  it('pulls an event only when its reader asks', async () => {
    const model = scripted([starts, ...Array.from({ length: 1_000 }, () => says('x')), ends()])
    const { stream } = await toAiSdk(model).doStream({ prompt })
    const reader = stream.getReader()
    // stream-start, response-metadata, text-start, two deltas
    for (let part = 0; part < 5; part++) await reader.read()
    await new Promise(setImmediate)
    expect(model.pulled).toBe(3)
    await reader.cancel()
    expect(model.left).toBe(true)
    expect(model.calls[0]?.options.signal.aborted).toBe(true)
  })
})
