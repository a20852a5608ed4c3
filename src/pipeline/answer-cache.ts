import type { Clock } from '../base/clock.ts'
import type { Answer, AnsweringModel } from '../model/answer.ts'
import type { CachePolicy } from './definition.ts'

/** Answers of models that are kept in this process, so that they are there when nothing else is. */
export interface AnswerCache {
  /** What is kept for an input and not too old to be given; undefined otherwise. */
  find(input: unknown): KeptAnswer | undefined
  /** Keeps an answer of a model. A degraded one is not worth keeping. */
  keep(input: unknown, answer: Answer): void
  /** Lets go of the answers of a conversation that is deleted; says of how many. */
  forget(conversationId: string): number
  clear(): number
}

export interface KeptAnswer {
  readonly value: unknown
  readonly model: AnsweringModel | undefined
  /** As good as a new one; otherwise it is for when no model answers. */
  readonly isFresh: boolean
}

interface Entry {
  readonly value: unknown
  readonly model: AnsweringModel | undefined
  readonly keptAtMs: number
  readonly conversationId: string | undefined
}

const defaultMaxAnswers = 1_000

/** @param conversationOf the conversation that an input belongs to, for pipelines with memory */
export function createAnswerCache(
  policy: CachePolicy<unknown>,
  clock: Clock,
  conversationOf: (input: unknown) => string | undefined = () => undefined,
): AnswerCache {
  const { freshMs, staleMs, maxAnswers = defaultMaxAnswers } = policy
  // A Map keeps the order of insertion: the first entry is the one unused for longest.
  const entries = new Map<string, Entry>()
  const keyOf = (input: unknown) => policy.key?.(input) ?? JSON.stringify(input) ?? ''
  const use = (key: string, entry: Entry) => {
    entries.delete(key)
    entries.set(key, entry)
  }
  return {
    find(input) {
      const key = keyOf(input)
      const entry = entries.get(key)
      if (!entry) return undefined
      const ageMs = clock.now() - entry.keptAtMs
      if (ageMs > staleMs) {
        entries.delete(key)
        return undefined
      }
      use(key, entry)
      return { value: structuredClone(entry.value), model: entry.model, isFresh: ageMs < freshMs }
    },
    keep(input, { degraded, value, model }) {
      if (degraded) return
      // A copy: the caller may change the value that it was given.
      use(keyOf(input), {
        value: structuredClone(value),
        model,
        keptAtMs: clock.now(),
        conversationId: conversationOf(input),
      })
      const [oldest] = entries.keys()
      if (entries.size > maxAnswers && oldest !== undefined) entries.delete(oldest)
    },
    clear() {
      const { size } = entries
      entries.clear()
      return size
    },
    forget(conversationId) {
      const before = entries.size
      for (const [key, entry] of entries) {
        if (entry.conversationId === conversationId) entries.delete(key)
      }
      return before - entries.size
    },
  }
}
