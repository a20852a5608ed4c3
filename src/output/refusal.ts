import { isRecord } from '../base/json.ts'

/**
 * Whether a model declined in words.
 *
 * Two questions. Where data was asked for and none came, any first sentence in which the model says
 * what it cannot do is a refusal. Where text was asked for, an apology may be the text: then only a
 * short answer that declines the request itself counts.
 */

const apology = String.raw`(?:(?:i['’]?m|i am) (?:(?:so|very|really|terribly) )?sorry|sorry|(?:my )?apologies|i apologi[sz]e|unfortunately|regrettably|thank you[^.!?]{0,40}|as an ai[^.!?]{0,60})[,.!—–-]*\s*(?:but\s+|however,?\s+|that\s+)?`
const inability = String.raw`(?:i|we)(?:['’]m| am|['’]re| are)?\s*(?:(?:really|simply|just|also)\s+)?(?:can(?:['’]?t|not|\s+not)|could(?:n['’]t|\s+not)|won['’]t|will\s+not|do(?:n['’]t|\s+not)\s+(?:have|feel)|not\s+able|unable|must\s+(?:decline|refuse)|have\s+to\s+(?:decline|refuse)|decline|refuse|not\s+(?:comfortable|permitted|allowed|going\s+to))`
const policy = String.raw`(?:this|that|the|your) (?:request|content|question)[^.!?\n]{0,40}(?:violates|is against|goes against|cannot be|can['’]?t be|is not allowed|is not something i)`
const request = String.raw`[^.!?\n]{0,40}?\b(?:assist|help|comply|fulfil\w*|do|answer|provide|produce|generate|create|write|continue|engage|support|discuss|share|complete|process)\b[^.!?\n]{0,20}?\b(?:that|this|it|the|any|such|these|your request|with)\b`

const anyRefusal = new RegExp(
  String.raw`^[\s"'“*>#-]*(?:(?:${apology})?${inability}|as an ai\b[^.!?\n]{0,80}(?:can(?:['’]?t|not)|unable|not able)|(?:i['’]?m|i am) (?:(?:so|very|really) )?sorry|${policy})`,
  'i',
)
const plainRefusal = new RegExp(
  String.raw`^[\s"'“*>#-]*(?:(?:${apology})?${inability}${request}|as an ai\b[^.!?\n]{0,80}(?:can(?:['’]?t|not)|unable|not able)|${policy})`,
  'i',
)

/** What a refusal has to say is said in its first words. */
const opening = 400

/** A text that declines and goes on for longer than this does something else as well. */
const longestRefusal = 500

/** Whether an answer that should be data declines to give it. */
export function isRefusal(text: string): boolean {
  return anyRefusal.test(text.slice(0, opening))
}

/** Whether an answer that should be text is nothing but a refusal. */
export function isPlainRefusal(text: string): boolean {
  return text.trim().length <= longestRefusal && plainRefusal.test(text.slice(0, opening))
}

/** Keys under which a model declines inside the data that was asked for. */
const refusalKey = /^(?:error|refusal|refused|apology|message|reason|note|warning)$/i

/** Whether an object holds nothing but an excuse. */
export function isRefusalObject(value: unknown): boolean {
  if (!isRecord(value)) return false
  const entries = Object.entries(value)
  return (
    entries.length <= 3 &&
    entries.some(([key, one]) => refusalKey.test(key) && typeof one === 'string' && isRefusal(one))
  )
}
