import type { LanguageModelV3, LanguageModelV4 } from '@ai-sdk/provider'
import { type LinkedAbort, linkAbort } from '../../base/abort.ts'
import { ModelFault } from '../../model/fault.ts'
import type { AttemptOptions, Model } from '../../model/model.ts'
import { WireFault } from '../http/failures.ts'
import { decodeCall } from './decode-call.ts'
import type { CallOptions } from './decode-prompt.ts'
import { encodeResult, type GenerateResult, type StreamPart } from './encode-result.ts'
import { PartWriter } from './part-writer.ts'

export interface ToAiSdkOptions {
  /** `v3` for ai@6, which refuses `v4`; ai@7 takes both. Default `v4`. */
  readonly version?: 'v3' | 'v4'
}

/**
 * Gives a model to `generateText`, `streamText`, an agent of Mastra, or whatever else takes a language
 * model of the AI SDK. Set `maxRetries: 0` there: the retries are below, and errors that come out of
 * here are not worth another round.
 *
 * @example streamText({ model: toAiSdk(protect([primary, fallback])), prompt, maxRetries: 0 })
 */
export function toAiSdk(model: Model, options?: { readonly version?: 'v4' }): LanguageModelV4
export function toAiSdk(model: Model, options: { readonly version: 'v3' }): LanguageModelV3
export function toAiSdk(
  model: Model,
  { version = 'v4' }: ToAiSdkOptions = {},
): LanguageModelV3 | LanguageModelV4 {
  const shared = {
    provider: model.provider,
    modelId: model.id,
    supportedUrls: {},
    doGenerate: (options: CallOptions) => generate(model, options),
    doStream: async (options: CallOptions) => openStream(model, options),
  }
  if (version === 'v3') return { specificationVersion: 'v3', ...shared }
  return { specificationVersion: 'v4', ...shared }
}

async function generate(model: Model, options: CallOptions): Promise<GenerateResult> {
  const { request, warnings } = decode(model, options)
  const abort = linkAbort(options.abortSignal)
  try {
    const result = await model.generate(request, attemptOptions(options, abort))
    return encodeResult(result, warnings)
  } finally {
    abort.release()
  }
}

/**
 * The answer as a stream of parts, pulled from the model one by one as the reader asks for them; a
 * reader that cancels aborts the attempt.
 *
 * A failure comes as an `error` part, which the SDK hands to `onError`, and then breaks the stream:
 * after the part alone the SDK's `textStream` would end as if the text were whole.
 */
function openStream(model: Model, options: CallOptions): { stream: ReadableStream<StreamPart> } {
  const { request, warnings } = decode(model, options)
  const abort = linkAbort(options.abortSignal)
  const events = model.stream(request, attemptOptions(options, abort))[Symbol.asyncIterator]()
  const writer = new PartWriter()
  let failure: { readonly error: unknown } | undefined

  const pull = async (controller: ReadableStreamDefaultController<StreamPart>): Promise<void> => {
    if (failure) return controller.error(failure.error)
    const { value, done } = await events.next()
    for (const part of done ? [] : writer.write(value)) controller.enqueue(part)
    if (!done && value.type !== 'finish') return
    abort.release()
    controller.close()
  }
  const fail = (controller: ReadableStreamDefaultController<StreamPart>, error: unknown): void => {
    abort.release()
    if (abort.signal.aborted) {
      controller.error(error)
    } else {
      failure = { error }
      controller.enqueue({ type: 'error', error })
    }
  }
  const stream = new ReadableStream<StreamPart>(
    {
      start: (controller) => controller.enqueue({ type: 'stream-start', warnings }),
      pull: (controller) => pull(controller).catch((error: unknown) => fail(controller, error)),
      async cancel(reason) {
        abort.abort(reason)
        abort.release()
        await events.return?.()
      },
    },
    { highWaterMark: 0 },
  )
  return { stream }
}

function decode(model: Model, options: CallOptions): ReturnType<typeof decodeCall> {
  try {
    return decodeCall(options)
  } catch (error) {
    if (error instanceof WireFault) throw new ModelFault(model, error.evidence)
    throw error
  }
}

function attemptOptions({ headers }: CallOptions, { signal }: LinkedAbort): AttemptOptions {
  const given = Object.entries(headers ?? {}).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  )
  if (given.length === 0) return { signal }
  const lowerCase = given.map(([name, value]) => [name.toLowerCase(), value])
  return { signal, headers: Object.fromEntries(lowerCase) }
}
