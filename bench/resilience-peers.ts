import type { DrillSubject, StartedSubject } from '../src/drill/subject.ts'
import type { Answer } from '../src/model/answer.ts'
import { noUsage } from '../src/model/usage.ts'

/*
 * What else is in use, as its documentation shows it: the primary, in case of an error the fallback, and
 * then a canned text. The clients keep real time, so these drills run in it.
 */

export interface PeerLimits {
  readonly deadlineMs: number
  /** For an attempt, and for the first content. */
  readonly attemptMs: number
  readonly chunkMs: number
}

/** How one peer asks; `which` is 0 for the primary. */
interface Asker {
  ask(which: number, question: string, signal: AbortSignal): Promise<string>
  stream(which: number, question: string, signal: AbortSignal): AsyncIterable<string>
  /** It goes on to the next model by itself. */
  readonly fallsBack?: boolean
}

type CreateAsker = (baseUrls: readonly string[], limits: PeerLimits) => Asker

const canned = 'Sorry, no answer now.'
const modelIds = ['primary', 'fallback']

/** The peers that are installed; says of the others that they are not. */
export async function loadPeers(
  subject: DrillSubject,
  limits: PeerLimits,
): Promise<readonly DrillSubject[]> {
  const peers = [
    await load('openai', ['openai'], openaiNaive),
    await load('openai, with a timeout and a signal', ['openai'], openaiCareful),
    await load(
      'ai + ai-retry',
      ['ai', '@ai-sdk/openai-compatible', 'ai-retry/language-model'],
      aiRetry,
    ),
    await load('ai + ai-fallback', ['ai', '@ai-sdk/openai-compatible', 'ai-fallback'], aiFallback),
  ]
  return peers
    .filter((peer) => peer !== undefined)
    .map(({ name, create }) => peerSubject(name, { subject, limits, create }))
}

/** The modules are not among our dependencies, so their types are said here, as far as they are used. */
async function load<Modules extends readonly unknown[]>(
  name: string,
  packages: readonly string[],
  make: (...modules: Modules) => CreateAsker,
): Promise<{ readonly name: string; readonly create: CreateAsker } | undefined> {
  try {
    const modules: unknown = await Promise.all(packages.map((each) => import(each)))
    return { name, create: make(...(modules as Modules)) }
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_MODULE_NOT_FOUND') throw error
    const names = packages.map((each) => each.replace('/language-model', '')).join(' ')
    console.log(`${name}: not installed (npm install --no-save ${names})`)
    return undefined
  }
}

interface PeerParts {
  readonly subject: DrillSubject
  readonly limits: PeerLimits
  readonly create: CreateAsker
}

function peerSubject(name: string, { subject, limits, create }: PeerParts): DrillSubject {
  return {
    ...subject,
    name,
    async start({ baseUrls }): Promise<StartedSubject> {
      const asker = create(baseUrls, limits)
      const order = asker.fallsBack ? [0] : modelIds.map((_, index) => index)
      return {
        async run(input) {
          const signal = AbortSignal.timeout(limits.deadlineMs)
          for (const which of order) {
            try {
              return answerOf(await asker.ask(which, String(input), signal), which)
            } catch {
              // The pattern that is measured: whatever it was, on to the next.
            }
          }
          return cannedAnswer()
        },
        async *stream(input) {
          const signal = AbortSignal.timeout(limits.deadlineMs)
          for (const which of order) {
            let text = ''
            try {
              for await (const delta of asker.stream(which, String(input), signal)) {
                text += delta
                yield { type: 'text-delta', text: delta }
              }
              yield { type: 'answer-finished', answer: answerOf(text, which) }
              return
            } catch {
              // As above; what was shown is taken back, which a reader of these streams has to do himself.
              if (text !== '') yield { type: 'reset', reason: 'unknown' }
            }
          }
          yield { type: 'answer-finished', answer: cannedAnswer() }
        },
      }
    },
  }
}

const facts = {
  id: '',
  pipeline: 'peer',
  model: undefined,
  usage: noUsage,
  costUsd: undefined,
  attempts: [],
  mended: [],
  warnings: [],
  traceId: '',
  latencyMs: 0,
}
const reason = { code: 'unknown', message: 'An error was thrown.' } as const

function answerOf(value: string, which: number): Answer {
  if (which === 0) return { ...facts, value, source: 'primary', degraded: false }
  return { ...facts, value, source: 'fallback', degraded: true, reason }
}

function cannedAnswer(): Answer {
  return { ...facts, value: canned, source: 'canned', degraded: true, reason }
}

interface OpenAiModule {
  readonly OpenAI: new (options: {
    baseURL: string
    apiKey: string
    timeout: number
    maxRetries: number
  }) => OpenAiClient
}

interface OpenAiClient {
  readonly chat: {
    readonly completions: {
      create(body: object, options: object): Promise<OpenAiAnswer & AsyncIterable<OpenAiAnswer>>
    }
  }
}

interface OpenAiAnswer {
  readonly choices: readonly {
    readonly message?: { readonly content?: string | null }
    readonly delta?: { readonly content?: string | null }
  }[]
}

/** `timeout` is the deadline; two retries are the default. */
function openaiNaive({ OpenAI }: OpenAiModule): CreateAsker {
  return (baseUrls, { deadlineMs }) => openaiAsker(OpenAI, baseUrls, { timeout: deadlineMs })
}

/** Each attempt has a limit, and one signal ends the whole. */
function openaiCareful({ OpenAI }: OpenAiModule): CreateAsker {
  return (baseUrls, { attemptMs }) =>
    openaiAsker(OpenAI, baseUrls, { timeout: attemptMs, hasSignal: true })
}

function openaiAsker(
  OpenAI: OpenAiModule['OpenAI'],
  baseUrls: readonly string[],
  { timeout, hasSignal = false }: { timeout: number; hasSignal?: boolean },
): Asker {
  const clients = baseUrls.map((baseURL) => {
    return new OpenAI({ baseURL, apiKey: 'none', timeout, maxRetries: 2 })
  })
  const create = (which: number, question: string, stream: boolean, signal: AbortSignal) => {
    const messages = [{ role: 'user', content: question }]
    const body = { model: modelIds[which], messages, stream }
    const { completions } = clients[which]?.chat ?? {}
    if (!completions) throw new Error(`There is no model ${which}.`)
    return completions.create(body, hasSignal ? { signal } : {})
  }
  return {
    async ask(which, question, signal) {
      const { choices } = await create(which, question, false, signal)
      return choices[0]?.message?.content ?? ''
    },
    async *stream(which, question, signal) {
      for await (const { choices } of await create(which, question, true, signal)) {
        const text = choices[0]?.delta?.content
        if (text) yield text
      }
    },
  }
}

interface AiModule {
  generateText(options: object): Promise<{ readonly text: string }>
  streamText(options: object): {
    readonly fullStream: AsyncIterable<{
      readonly type: string
      readonly text?: string
      readonly error?: unknown
    }>
  }
}

interface CompatibleModule {
  createOpenAICompatible(options: { name: string; baseURL: string }): {
    chatModel(id: string): unknown
  }
}

interface RetryModule {
  createRetryableModel(options: object): unknown
  error(predicate: () => boolean): { switch(options: { model: unknown }): unknown }
}

/** The stable layer: a model that tries the next one after any error. */
function aiRetry(
  ai: AiModule,
  compatible: CompatibleModule,
  { createRetryableModel, error }: RetryModule,
): CreateAsker {
  return (baseUrls, limits) => {
    const [primary, ...others] = aiModels(compatible, baseUrls)
    const retries = others.map((model) => error(() => true).switch({ model }))
    return aiAsker(ai, createRetryableModel({ model: primary, retries }), { limits, maxRetries: 0 })
  }
}

function aiFallback(
  ai: AiModule,
  compatible: CompatibleModule,
  { createFallback }: { createFallback(options: object): unknown },
): CreateAsker {
  return (baseUrls, limits) => {
    const model = createFallback({ models: aiModels(compatible, baseUrls) })
    return aiAsker(ai, model, { limits, maxRetries: 2 })
  }
}

function aiModels({ createOpenAICompatible }: CompatibleModule, baseUrls: readonly string[]) {
  return baseUrls.map((baseURL, index) => {
    const id = modelIds[index] ?? 'other'
    return createOpenAICompatible({ name: id, baseURL }).chatModel(id)
  })
}

function aiAsker(
  { generateText, streamText }: AiModule,
  model: unknown,
  { limits, maxRetries }: { limits: PeerLimits; maxRetries: number },
): Asker {
  const { deadlineMs, attemptMs, chunkMs } = limits
  const whole = { totalMs: deadlineMs }
  const streamed = { totalMs: deadlineMs, firstChunkMs: attemptMs, chunkMs }
  return {
    fallsBack: true,
    async ask(_which, prompt) {
      return (await generateText({ model, prompt, maxRetries, timeout: whole })).text
    },
    async *stream(_which, prompt) {
      const options = { model, prompt, maxRetries, timeout: streamed, onError() {} }
      const { fullStream } = streamText(options)
      for await (const part of fullStream) {
        if (part.type === 'error') throw part.error
        if (part.type === 'abort') throw new Error('The stream was aborted.')
        if (part.type === 'text-delta' && part.text) yield part.text
      }
    },
  }
}
