import type { LanguageModelV2, LanguageModelV3, LanguageModelV4 } from '@ai-sdk/provider'
import { untilAborted } from '../../base/abort.ts'
import { isRecord } from '../../base/json.ts'
import { type FaultEvidence, ModelFault } from '../../model/fault.ts'
import type { ToolCall } from '../../model/message.ts'
import type {
  AttemptOptions,
  Model,
  ModelCapabilities,
  ModelEvent,
  ModelRequest,
  ModelResult,
} from '../../model/model.ts'
import { WireFault } from '../http/failures.ts'
import { readFinishReason, readIdentity, readToolCall, readUsage } from './decode-part.ts'
import { encodeCall } from './encode-call.ts'
import { evidenceOf, type Phase } from './error-evidence.ts'
import { StreamPartReader } from './stream-part-reader.ts'

/** A language model of the AI SDK, of any version that a provider of today implements. */
export type AiSdkModel = LanguageModelV2 | LanguageModelV3 | LanguageModelV4

export interface FromAiSdkOptions {
  /** Overrides what is assumed: follows a JSON schema, does not continue a beginning. */
  readonly capabilities?: Partial<ModelCapabilities>
}

/**
 * Takes in any provider of the AI SDK. Each attempt is one `doGenerate` or `doStream`; the SDK's own
 * retries are above that and do not run.
 *
 * @example fromAiSdk(mistral('mistral-small-latest'))
 */
export function fromAiSdk(languageModel: AiSdkModel, options: FromAiSdkOptions = {}): Model {
  // What is sent and read is the part that the versions share, so one view serves all three.
  const source = languageModel as LanguageModelV4
  const model: Model = {
    provider: source.provider,
    id: source.modelId,
    capabilities: { structuredOutput: 'json-schema', prefill: false, ...options.capabilities },
    generate: (request, attempt) => generate(source, model, request, attempt),
    stream: (request, attempt) => stream(source, model, request, attempt),
  }
  return model
}

async function generate(
  source: LanguageModelV4,
  model: Model,
  request: ModelRequest,
  attempt: AttemptOptions,
): Promise<ModelResult> {
  const { signal } = attempt
  try {
    signal.throwIfAborted()
    const call = Promise.resolve(source.doGenerate(encodeCall(request, attempt)))
    return readResult(await untilAborted(call, signal))
  } catch (error) {
    throw signal.aborted ? signal.reason : toFault(model, error, 'opening')
  }
}

async function* stream(
  source: LanguageModelV4,
  model: Model,
  request: ModelRequest,
  attempt: AttemptOptions,
): AsyncGenerator<ModelEvent, void, undefined> {
  const { signal } = attempt
  let phase: Phase = 'opening'
  let reader: ReadableStreamDefaultReader<unknown> | undefined
  // Cancelling ends a pending read, so an abort is seen at once without a race for every part. A
  // provider that fails to cancel changes nothing: the attempt ends with the reason of the abort.
  const cancel = (): void => void reader?.cancel(signal.reason).catch(() => {})
  try {
    signal.throwIfAborted()
    const opening = Promise.resolve(source.doStream(encodeCall(request, attempt)))
    reader = (
      await untilAborted(opening, signal).catch((error: unknown) => {
        // Opened too late, or never: the error of this attempt is the one that is thrown below.
        opening.then(({ stream }) => stream.cancel()).catch(() => {})
        throw error
      })
    ).stream.getReader()
    signal.addEventListener('abort', cancel, { once: true })
    const parts = new StreamPartReader()
    while (!parts.finished) {
      const { done, value } = await reader.read()
      if (signal.aborted) throw signal.reason
      if (done) throw new WireFault({ kind: 'cut' })
      for (const event of parts.read(value)) {
        phase = 'reading'
        yield event
        if (signal.aborted && event.type !== 'finish') throw signal.reason
      }
    }
  } catch (error) {
    throw signal.aborted ? signal.reason : toFault(model, error, phase)
  } finally {
    signal.removeEventListener('abort', cancel)
    cancel()
  }
}

function toFault(model: Model, error: unknown, phase: Phase): ModelFault {
  const evidence: FaultEvidence =
    error instanceof WireFault ? error.evidence : evidenceOf(error, phase)
  return new ModelFault(model, evidence, { cause: error })
}

function readResult(result: Awaited<ReturnType<LanguageModelV4['doGenerate']>>): ModelResult {
  let text = ''
  const toolCalls: ToolCall[] = []
  for (const part of result.content) {
    if (part.type === 'text') text += part.text
    const toolCall = part.type === 'tool-call' && isRecord(part) ? readToolCall(part) : undefined
    if (toolCall) toolCalls.push(toolCall)
  }
  const finishReason = readFinishReason(result.finishReason)
  if (finishReason === 'interrupted') throw new WireFault({ kind: 'cut' })
  const usage = readUsage(result.usage)
  return {
    text: result.structuredOutputText ?? text,
    toolCalls,
    finishReason,
    ...(usage && { usage }),
    response: readIdentity(result.response),
  }
}
