import { isFeedback } from './reading.ts'
import { keywordsOf, overlap, sentencesOf, shorten, wordsOf } from './text.ts'

/** The sentences that say most of what a text says, in its own words and order. */
export function summarise(text: string, sentences = 3): string {
  return mainSentences(text, sentences).join(' ')
}

/** The same, each by itself. */
export function mainSentences(text: string, most: number): string[] {
  const all = sentencesOf(text)
  if (all.length <= most) return all
  const keywords = keywordsOf(text, 12)
  const scored = all.map((sentence, index) => ({
    sentence,
    index,
    // The first sentence of a text says what it is about more often than any other.
    score: overlap(keywords, sentence) + (index === 0 ? 0.2 : 0) - lengthPenalty(sentence),
  }))
  return scored
    .sort((one, other) => other.score - one.score || one.index - other.index)
    .slice(0, most)
    .sort((one, other) => one.index - other.index)
    .map(({ sentence }) => shorten(sentence, 300))
}

function lengthPenalty(sentence: string): number {
  const words = wordsOf(sentence).length
  return words < 4 ? 0.3 : words > 50 ? 0.2 : 0
}

/** Sentences that tell a model what to do, which are nothing to quote to a user. */
const instruction =
  /^(you (are|must|should|will|may)|answer|reply|respond|do not|don't|never|always|use|write|keep|return|give|be |if (the|a) user|ask|choose|classify|extract|summari[sz]e|your (task|job|role))/i

function isQuotable(sentence: string): boolean {
  return !instruction.test(sentence) && !sentence.endsWith('?') && !isFeedback(sentence)
}

/** The sentence of a text that answers a question best, word for word; undefined where none is near. */
export function bestSentence(question: string, text: string): string | undefined {
  const wanted = keywordsOf(question, 12)
  if (wanted.length === 0) return undefined
  let best: { sentence: string; score: number } | undefined
  for (const sentence of sentencesOf(text)) {
    if (!isQuotable(sentence)) continue
    const score = overlap(wanted, sentence)
    if (score > (best?.score ?? 0)) best = { sentence, score }
  }
  return best && best.score >= 0.3 ? best.sentence : undefined
}

/**
 * The sentences of some passages that answer a question, the best first; those that are nearly as near
 * come along. A sentence counts for more where its passage is about the question as a whole.
 */
export function answeringSentences(question: string, passages: readonly string[]): string[] {
  const wanted = keywordsOf(question, 12)
  const wantsFigure = /\b(how (much|many|long|old)|when|which (day|date)|total|amount)\b/i.test(
    question,
  )
  const scored = passages.flatMap((passage) => {
    const about = 0.3 * overlap(wanted, passage)
    return sentencesOf(passage)
      .filter((sentence) => isQuotable(sentence) && wordsOf(sentence).length >= 4)
      .map((sentence) => {
        const near = overlap(wanted, sentence)
        const figure = wantsFigure && /\d/.test(sentence) ? 0.2 : 0
        return { sentence, score: near === 0 ? 0 : near + about + figure }
      })
  })
  scored.sort((one, other) => other.score - one.score)
  const best = scored[0]?.score ?? 0
  const near = scored.filter(({ score }) => score >= 0.7 && score >= best * 0.9)
  return [...new Set(near.map(({ sentence }) => sentence))]
}

/** An answer in the words of the text, with the sentence that follows where it goes on about the same. */
export function answerFrom(question: string, text: string): string | undefined {
  const sentence = bestSentence(question, text)
  if (sentence === undefined) return undefined
  const all = sentencesOf(text)
  const following = all[all.indexOf(sentence) + 1]
  const goesOn =
    following !== undefined &&
    isQuotable(following) &&
    overlap(keywordsOf(question, 12), following) >= 0.3
  return goesOn ? `${sentence} ${following}` : sentence
}
