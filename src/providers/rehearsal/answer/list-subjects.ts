import { asksForText, keywordsFor, outlineOf, pointsFor, readBrief } from './compose-article.ts'
import { composeQuestions } from './compose-reply.ts'
import { asksForReview, findingsFor } from './compose-review.ts'
import { bullets, findList } from './labels.ts'
import type { Reading } from './reading.ts'
import { capitalise, keywordsOf, sentencesOf } from './text.ts'

/** Three: enough to see that it is a list. */
const usualItems = 3

/** What the items of a list are about, by what the list is called. */
export function subjectsFor(name: string, reading: Reading, least: number, most: number): string[] {
  const { message, subject } = reading
  const count = Math.min(most, Math.max(least, usualItems))
  if (subject === undefined && asksForReview(message)) return findingsFor(name, message)
  const brief = asksForText(message) ? readBrief(message) : undefined
  if (brief && subject !== undefined) return pointsFor(brief, subject)
  const listed = findList(message, name)
  if (listed.length > 0) return listed
  if (/section|outline|chapter|heading/i.test(name))
    return outlineOf(readBrief(message), least, Math.min(most, 8))
  if (/question|follow/i.test(name)) return composeQuestions(reading).slice(0, count)
  if (/tag|keyword|topic|label|entit/i.test(name)) {
    return brief ? keywordsFor(brief).slice(0, Math.min(most, 6)) : keywordsOf(message, count)
  }
  if (/route|step|action|suggest|option/i.test(name)) return stepsFor(reading).slice(0, count)
  const items = bullets(message.split('\n').filter((line) => /^\s*([-*•]|\d+[.)])\s/.test(line)))
  return items.length > 0 ? items : sentencesOf(message).slice(0, count).map(capitalise)
}

function stepsFor(reading: Reading): string[] {
  if (reading.topic === 'exchange')
    return ['Open the exchange page', 'Check the rate and the fee', 'Confirm']
  if (reading.topic === 'support')
    return ['Note what happened and when', 'Wait for the support team']
  return ['Read the help page', 'Ask again with more detail']
}
