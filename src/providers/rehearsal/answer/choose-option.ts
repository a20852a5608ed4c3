import { type Reading, topicOf } from './reading.ts'
import { keywordsOf, nameWords, overlap, wordsOf } from './text.ts'
import { affinity, isNeutral } from './word-groups.ts'

/** What surrounds a choice: the field's name, and what the schema says about it. */
export interface ChoiceHints {
  readonly name: string
  readonly description: string
}

/**
 * The option that the user's words speak for most: by the words of the option, by related words, and
 * by what the description says of it. Where none does, the most neutral one, else the first.
 */
export function chooseOption(
  options: readonly unknown[],
  hints: ChoiceHints,
  reading: Reading,
): unknown {
  const level = levelOf(options, hints, reading)
  if (level !== undefined) return level
  const scored = scoreOptions(options, hints, reading)
  const best = scored.reduce((one, other) => (other.score > one.score ? other : one), {
    option: undefined as unknown,
    score: 0.9,
  })
  if (best.option !== undefined) return best.option
  return options.find((option) => isNeutral(String(option))) ?? options[0]
}

/**
 * Several options, those first for which the user's words speak most. What is to come next is not what
 * was asked just now: there the option that was asked for stands last.
 */
export function rankOptions(
  options: readonly unknown[],
  hints: ChoiceHints,
  reading: Reading,
): readonly unknown[] {
  const ranked = scoreOptions(options, hints, reading).toSorted(
    (one, other) => other.score - one.score,
  )
  const asked = /next|follow/i.test(hints.name) && (ranked[0]?.score ?? 0) >= 2
  const ordered = asked ? [...ranked.slice(1), ...ranked.slice(0, 1)] : ranked
  return ordered.map(({ option }) => option)
}

function scoreOptions(
  options: readonly unknown[],
  { description }: ChoiceHints,
  reading: Reading,
): readonly { readonly option: unknown; readonly score: number }[] {
  const topic = topicOf(reading.message) ?? reading.topic
  return options.map((option) => {
    const name = String(option)
    const explained = explanationOf(name, description)
    const byTopic = topic !== 'other' && affinity([topic], name) > 0 ? 3 : 0
    const words = keywordsOf(explained, 20)
    const byText = affinity(nameWords(name), reading.message)
    return { option, score: byTopic + byText + 2 * overlap(words, reading.message) }
  })
}

/** Options that are steps of a scale, lowest first, as people name them. */
const scales: readonly (readonly string[])[] = [
  ['lowest', 'low', 'minor', 'relaxed', 'later', 'none'],
  ['medium', 'normal', 'moderate', 'standard', 'default'],
  ['high', 'major', 'elevated', 'soon', 'important'],
  ['urgent', 'critical', 'highest', 'immediate', 'emergency', 'blocker'],
]

/** For a choice of how urgent or severe something is, the step that fits the user's hurry. */
function levelOf(
  options: readonly unknown[],
  { name, description }: ChoiceHints,
  reading: Reading,
): unknown {
  const isScale = /urgen|priorit|sever|importan/i.test(`${name} ${description}`)
  const steps = options.filter((option) => stepOf(option) !== -1)
  if (!isScale || steps.length < 2) return undefined
  const sorted = steps.toSorted((one, other) => stepOf(one) - stepOf(other))
  return sorted[Math.min(sorted.length - 1, Math.floor(reading.urgency * sorted.length))]
}

function stepOf(option: unknown): number {
  return scales.findIndex((step) => step.includes(String(option).toLowerCase()))
}

/** What a description such as `exchange: wants to swap; support: has a problem` says of one option. */
function explanationOf(option: string, description: string): string {
  const lower = description.toLowerCase()
  const at = lower.indexOf(option.toLowerCase())
  if (at === -1) return ''
  const rest = lower.slice(at + option.length)
  const said = /^['"`]?\s*(?:[:=–—(-]|means|if|when|for)\s*([^;.\n)]{1,160})/.exec(rest)?.[1] ?? ''
  return wordsOf(said).length > 1 ? said : ''
}
