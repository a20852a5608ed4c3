/** Conversations for tests: made up from a seed, with all that a real log can have gone wrong. */
import type { Memory, Turn } from '../model/conversation.ts'
import type { Message, ToolCall } from '../model/message.ts'
import { countMessage } from './count-tokens.ts'

const words =
  'harbour invoice Lisbon 4711 parcel refund delayed green kettle tomorrow never prefers EUR 89.90 because ladder Ana café schön 你好 世界 привет मौसम violin gearbox Tuesday sunrise "blue whale" \n\n - why? agreed decided yes'.split(
    ' ',
  )

/** A generator of numbers from 0 to below 1 (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** `count` turns in order, 3 minutes apart: talk, tool calls, and what crashes leave behind. */
export function randomTurns(seed: number, count: number): Turn[] {
  const random = createRandom(seed)
  const messages: Message[] = []
  while (messages.length < count) messages.push(...exchange(random, messages.length))
  return toTurns(messages.slice(0, count))
}

export function toTurns(messages: readonly Message[], startMs = Date.UTC(2026, 0, 5)): Turn[] {
  return messages.map((message, at) => ({
    seq: at + 1,
    message,
    createdAtMs: startMs + at * 180_000,
    tokens: countMessage(message),
  }))
}

export function toMemory(turns: readonly Turn[], part: Partial<Memory> = {}): Memory {
  return {
    conversationId: 'c',
    recentTurns: turns,
    historySummary: undefined,
    pins: [],
    workingState: { value: {}, version: 0 },
    totalTurns: turns.at(-1)?.seq ?? 0,
    ...part,
  }
}

export function say(random: () => number, most: number): string {
  const length = 1 + Math.floor(random() * most)
  return Array.from({ length }, () => words[Math.floor(random() * words.length)]).join(' ')
}

function exchange(random: () => number, at: number): Message[] {
  const said: Message[] = [{ role: 'user', content: say(random, 30) }]
  while (random() < 0.3) said.push(...toolRound(random, at + said.length))
  if (random() < 0.95) said.push({ role: 'assistant', content: say(random, 60) })
  if (random() < 0.03) said.push({ role: 'user', content: '' })
  if (random() < 0.03) said.push(resultOf({ id: 'lost', name: 'lost', arguments: '{}' }, 'late'))
  return said
}

/** One to three calls at once; now and then a result is missing, or an id was used before. */
function toolRound(random: () => number, at: number): Message[] {
  const calls = Array.from({ length: 1 + Math.floor(random() * 3) }, (_, index) => ({
    id: random() < 0.3 ? `call_${index}` : `call_${at}_${index}`,
    name: 'lookup',
    arguments: JSON.stringify({ q: say(random, 5) }),
  }))
  const results = calls
    .filter(() => random() > 0.1)
    .map((call) => resultOf(call, say(random, random() < 0.1 ? 400 : 40)))
  const content = random() < 0.5 ? '' : say(random, 10)
  return [{ role: 'assistant', content, toolCalls: calls }, ...results]
}

const resultOf = (call: ToolCall, content: string): Message => ({
  role: 'tool',
  toolCallId: call.id,
  toolName: call.name,
  content,
})
