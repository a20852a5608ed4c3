import type { ToolCall } from '../../../model/message.ts'
import type { ModelRequest } from '../../../model/model.ts'
import { asksForText, composeArticle, readBrief } from './compose-article.ts'
import { composeReply } from './compose-reply.ts'
import { composeSection, readSection } from './compose-section.ts'
import { answerFrom, summarise } from './compose-text.ts'
import { fillSchema } from './fill-schema.ts'
import { findLabelled, findList } from './labels.ts'
import { isFeedback, lengthInWords, type Reading, readPrompt } from './reading.ts'
import { overlap, wordsOf } from './text.ts'

/** What the rehearsal says to a prompt. */
export interface RehearsedAnswer {
  readonly text: string
  readonly toolCalls: readonly ToolCall[]
}

/** Answers from rules over the prompt and the schema: the same prompt and seed give the same answer. */
export function rehearse(request: ModelRequest, seed: number): RehearsedAnswer {
  const { messages, output } = request
  const beginning = beginningOf(request)
  const asked = beginning === undefined ? messages : messages.slice(0, beginning.index)
  const reading = readPrompt(asked)
  const toolCall = callTool(request, reading, seed)
  if (toolCall) return { text: '', toolCalls: [toolCall] }
  const whole =
    output?.type === 'json'
      ? JSON.stringify(fillSchema(output.schema ?? freeForm, reading, seed))
      : composeAnswer(request, reading, seed)
  const continues = beginning !== undefined && whole.startsWith(beginning.text)
  return { text: continues ? whole.slice(beginning.text.length) : whole, toolCalls: [] }
}

/** What JSON looks like when no schema says more. */
const freeForm = {
  type: 'object',
  properties: { answer: { type: 'string' } },
  required: ['answer'],
}

/**
 * The beginning of an answer that is to be gone on with: the assistant's words that end the prompt,
 * or that stand before a user message that says to continue.
 */
function beginningOf({ messages }: ModelRequest): { text: string; index: number } | undefined {
  const last = messages.at(-1)
  if (last?.role === 'assistant') return { text: last.content, index: messages.length - 1 }
  const before = messages.at(-2)
  const toContinue = last?.role === 'user' && /^(please )?continue\b/i.test(last.content.trim())
  return toContinue && before?.role === 'assistant'
    ? { text: before.content, index: messages.length - 2 }
    : undefined
}

function composeAnswer({ messages }: ModelRequest, reading: Reading, seed: number): string {
  const { message, background } = reading
  const result = messages.at(-1)
  if (result?.role === 'tool') return `${result.toolName} says: ${result.content}`
  const everything = `${message}\n${background}`
  if (/\bsummar(y|i[sz]e)|\btl;?dr\b/i.test(everything) && lengthInWords(message) > 8) {
    return summarise(longest(message))
  }
  const section = readSection(message)
  if (section) return composeSection(section, seed)
  if (asksForText(message))
    return composeArticle(readBrief(message), findList(message, 'sections'), seed)
  const question = findLabelled(message, 'question')
  const isDocument = lengthInWords(message) > 80
  if (question !== undefined || (isDocument && reading.isQuestion)) {
    const asked = question ?? lastQuestion(message)
    const rest = everything.replace(asked, '')
    return answerFrom(asked, rest) ?? 'The text that I was given does not say.'
  }
  return isDocument ? summarise(message) : composeReply(reading, seed)
}

/** The longest part of a prompt, which is the text that it is about. */
function longest(message: string): string {
  return message
    .split(/\n{2,}/)
    .reduce((one, other) => (other.length > one.length ? other : one), '')
}

function lastQuestion(message: string): string {
  return message.match(/[^.!?\n]+\?/g)?.at(-1) ?? message
}

/** Calls the tool whose name and description the user's words are nearest to, once for each question. */
function callTool(
  { tools = [], messages, toolChoice, output }: ModelRequest,
  reading: Reading,
  seed: number,
): ToolCall | undefined {
  if (
    toolChoice === 'none' ||
    messages.at(-1)?.role !== 'user' ||
    isFeedback(messages.at(-1)?.content ?? '')
  ) {
    return undefined
  }
  const named = typeof toolChoice === 'object' ? toolChoice.name : undefined
  const scored = tools
    .filter(({ name }) => named === undefined || name === named)
    .map((tool) => ({
      tool,
      score: overlap(wordsOf(reading.message), `${tool.name} ${tool.description ?? ''}`),
    }))
    .sort((one, other) => other.score - one.score)
  const best = scored[0]
  const forced = toolChoice === 'required' || named !== undefined
  if (!best || (!forced && (best.score < 0.15 || output?.type === 'json'))) return undefined
  const { name, parameters } = best.tool
  const input = fillSchema(parameters, reading, seed)
  return { id: `call_${name}`, name, arguments: JSON.stringify(input) }
}
