import type { AnswerEvent, FieldPath } from '../model/answer-event.ts'

/**
 * Adds an event to those that wait for the same commit. A delta that goes on where the one before it
 * ended becomes part of it: tokens that are written together are one row of the log and one message,
 * and their text is the same.
 */
export function addMerged(events: AnswerEvent[], event: AnswerEvent): void {
  const previous = events.at(-1)
  const merged = previous && mergeDeltas(previous, event)
  if (merged) events[events.length - 1] = merged
  else events.push(event)
}

/** One delta that says what both say; undefined where the second does not go on where the first ended. */
export function mergeDeltas(first: AnswerEvent, second: AnswerEvent): AnswerEvent | undefined {
  if (first.type === 'text-delta' && second.type === 'text-delta') {
    return first.step === second.step ? { ...first, text: first.text + second.text } : undefined
  }
  if (first.type === 'field-delta' && second.type === 'field-delta') {
    if (first.step !== second.step || !isSamePath(first.path, second.path)) return undefined
    return { ...first, text: first.text + second.text }
  }
  return undefined
}

function isSamePath(first: FieldPath, second: FieldPath): boolean {
  return first.length === second.length && first.every((key, index) => key === second[index])
}
