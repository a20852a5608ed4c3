import { excerpt } from '../../base/excerpt.ts'
import { isRecord } from '../../base/json.ts'
import type { ToolCall } from '../../model/message.ts'
import type { FinishReason, ModelRequest } from '../../model/model.ts'
import { type Diagnosis, diagnose } from '../classify/diagnosis.ts'

/** An answer whose provider says that it is finished. */
export interface Ending {
  readonly text: string
  readonly toolCalls: readonly ToolCall[]
  readonly finishReason: FinishReason
  readonly refusal?: string
}

/**
 * Whether a finished answer is a whole one; undefined if it is. Status 200 and a clean end prove
 * nothing: filtered, refused, shortened and empty answers come that way as well.
 */
export function judgeEnding(ending: Ending): Diagnosis | undefined {
  const { finishReason, refusal } = ending
  if (refusal || finishReason === 'refusal') {
    return diagnose('refusal', `The model declined: ${excerpt(refusal || ending.text, 200)}`)
  }
  switch (finishReason) {
    case 'content-filter':
      return diagnose('content-filter', 'The provider filtered the answer.')
    case 'length':
      return diagnose('length', 'The answer stopped at the limit of output tokens.')
    case 'error':
      return diagnose('server-error', 'The provider ended the answer with an error.')
    case 'other':
      return diagnose('unknown', 'The provider gave no known reason for the end of the answer.')
    case 'tool-calls':
      if (ending.toolCalls.length > 0) return undefined
      return diagnose('broken-tool-call', 'The model announced a tool call and made none.')
    case 'stop':
      if (ending.text.trim() !== '' || ending.toolCalls.length > 0) return undefined
      return diagnose('empty', 'The answer has no content.')
  }
}

/** Whether a tool call can be carried out; undefined if it can. */
export function judgeToolCall(call: ToolCall, request: ModelRequest): Diagnosis | undefined {
  const tool = request.tools?.find(({ name }) => name === call.name)
  if (!tool) return brokenCall(`The model called ${call.name}, which is not among the tools.`)
  // Several models write nothing where a tool needs nothing.
  const needsNothing =
    !Array.isArray(tool.parameters.required) || tool.parameters.required.length === 0
  if (call.arguments.trim() === '' && needsNothing) return undefined
  if (isJsonObject(call.arguments)) return undefined
  return brokenCall(
    `The arguments of ${call.name} are not a JSON object: ${excerpt(call.arguments, 100)}`,
  )
}

/**
 * Whether the provider served another model than the one asked for. A version behind the name, a
 * gateway's prefix and a variant behind a colon are the same model: `gpt-5-mini` may be served as
 * `gpt-5-mini-2025-08-07`, but not as `gpt-5-nano`.
 */
export function isOtherModel(asked: string, served: string): boolean {
  if (asked.toLowerCase() === served.toLowerCase()) return false
  const one = splitModelId(asked)
  const other = splitModelId(served)
  const differ = (part: 'version' | 'variant') =>
    one[part] !== '' && other[part] !== '' && one[part] !== other[part]
  return one.family !== other.family || differ('version') || differ('variant')
}

/** A U+FFFD that the request does not hold comes from broken UTF-8 on the way. */
export function isGarbled(text: string, request: ModelRequest): boolean {
  return (
    text.includes('\uFFFD') && !request.messages.some(({ content }) => content.includes('\uFFFD'))
  )
}

function brokenCall(detail: string): Diagnosis {
  return diagnose('broken-tool-call', detail)
}

function isJsonObject(text: string): boolean {
  try {
    return isRecord(JSON.parse(text))
  } catch {
    // Not an error: whether it parses is the question.
    return false
  }
}

/** Dates, short dates, `latest` and Google's three digits, each behind a dash or an at sign. */
const versionAtEnd = /[-@](\d{4}-\d{2}-\d{2}|\d{8}|\d{4}|\d{3}|\d{2}-\d{2}|latest)$/

function splitModelId(id: string) {
  const bare = id.slice(id.lastIndexOf('/') + 1).toLowerCase()
  const [name = '', variant = ''] = bare.split(':')
  const [, found = ''] = versionAtEnd.exec(name) ?? []
  const family = found === '' ? name : name.slice(0, -found.length - 1)
  return { family, version: found === 'latest' ? '' : found.replaceAll('-', ''), variant }
}
