import { chance, pick } from './choice.ts'
import { asSentence, type Brief, readBrief } from './compose-article.ts'
import { findLabelled, findList } from './labels.ts'
import { capitalise, sentencesOf, wordsOf } from './text.ts'

/** One section of an article as a prompt asks for it, to be written or to be revised. */
export interface SectionRequest {
  readonly brief: Brief
  readonly heading: string
  /** How many words are asked for. */
  readonly words: number
  readonly isFriendly: boolean
  /** The headings of the whole article, sorted: by them sections share out what they say. */
  readonly headings: readonly string[]
  /** Another one gives another wording. */
  readonly version: string
  readonly revision: { readonly draft: string; readonly findings: readonly string[] } | undefined
}

/** Reads a prompt that names a section and a number of words; undefined for any other. */
export function readSection(message: string): SectionRequest | undefined {
  const heading = findLabelled(message, 'section')
  const words = Number(/\babout (\d{2,4}) words\b/i.exec(message)?.[1])
  if (heading === undefined || Number.isNaN(words)) return undefined
  const draft = /^Draft:\s*\n([\s\S]+)$/im.exec(message)?.[1]
  return {
    brief: readBrief(message),
    heading,
    words,
    headings: [heading, ...findList(message, 'told elsewhere')].toSorted(),
    version: findLabelled(message, 'version') ?? '',
    isFriendly: /friendly|warm|casual/i.test(findLabelled(message, 'tone') ?? ''),
    revision: draft === undefined ? undefined : { draft, findings: findList(message, 'findings') },
  }
}

/**
 * Writes a section from the facts of its brief. What stands between them claims nothing: it says what is
 * being talked about and for whom. Some drafts leave a fact out or grow wordy, as those of models do, so
 * that a review has something to find; a revision mends what it is told.
 */
export function composeSection(request: SectionRequest, seed: number): string {
  const { revision, words } = request
  const sentences = revision
    ? reviseDraft(request, revision.draft, revision.findings)
    : draftSentences(request, seed)
  return inParagraphs(fillUp(sentences, request, seed), words)
}

function draftSentences(request: SectionRequest, seed: number): string[] {
  const { brief, heading } = request
  const key = `${brief.topic} ${heading} ${request.version}`
  const leavesOut = brief.facts.length > 0 && chance(seed, `leaves out ${key}`) < 0.2
  const told = leavesOut ? brief.facts.slice(0, -1) : brief.facts
  const facts = told.flatMap((fact, index) => {
    const remark = fill(pick(remarks, seed, `${fact} ${index}`), request)
    return index % 2 === 0 ? [asSentence(fact), remark] : [asSentence(fact)]
  })
  const isWordy = chance(seed, `wordy ${key}`) < 0.3
  const opening = pick(request.isFriendly ? friendlyOpenings : openings, seed, key)
  return [opening, ...facts, ...(isWordy ? [wordy] : [])].map((each) => fill(each, request))
}

/** Drops the sentences that a finding quotes, and tells the facts that are missing. */
function reviseDraft(
  { brief }: SectionRequest,
  draft: string,
  findings: readonly string[],
): string[] {
  const kept = sentencesOf(draft).filter(
    (sentence) => !findings.some((finding) => finding.includes(sentence)),
  )
  const missing = brief.facts.map(asSentence).filter((fact) => !kept.includes(fact))
  return [...kept.slice(0, 1), ...missing, ...kept.slice(1)]
}

/** Adds sentences that claim nothing until the length is near; each at most once. */
function fillUp(given: readonly string[], request: SectionRequest, seed: number): string[] {
  const sentences = [...given]
  let words = wordsOf(sentences.join(' ')).length
  for (const template of fillersFor(request, seed)) {
    if (words >= request.words * 0.93) break
    const sentence = fill(template, request)
    if (sentences.includes(sentence)) continue
    sentences.push(sentence)
    words += wordsOf(sentence).length
  }
  return sentences
}

/** All of them, first those that are this section's share: its neighbours begin with others. */
function fillersFor({ brief, heading, headings, version }: SectionRequest, seed: number): string[] {
  const order = (text: string) => chance(seed, `${brief.topic} ${version} ${text}`)
  const shuffled = fillers.toSorted((one, other) => order(one) - order(other))
  const own = headings.indexOf(heading)
  const isOwn = (_text: string, index: number) => index % headings.length === own
  return [...shuffled.filter(isOwn), ...shuffled.filter((text, index) => !isOwn(text, index))]
}

/** Paragraphs of some 80 words. */
function inParagraphs(sentences: readonly string[], words: number): string {
  const count = Math.max(1, Math.round(words / 80))
  const each = Math.ceil(sentences.length / count)
  const paragraphs: string[] = []
  for (let at = 0; at < sentences.length; at += each) {
    paragraphs.push(sentences.slice(at, at + each).join(' '))
  }
  return paragraphs.join('\n\n')
}

function fill(template: string, { brief, heading }: SectionRequest): string {
  const readers = brief.audience ?? 'readers'
  const filled = template
    .replaceAll('{topic}', brief.topic)
    .replaceAll('{subject}', `“${heading}”`)
    .replaceAll('{readers}', readers)
  return capitalise(filled)
}

const openings = [
  'The question of {subject} comes up early when {readers} look at {topic}.',
  'Anyone who deals with {topic} arrives at {subject} sooner or later.',
  'Within {topic}, {subject} deserves a closer look.',
  'A short account of {subject} helps to place the rest of {topic}.',
] as const

const friendlyOpenings = [
  'Let us turn to {subject}, since it is what many {readers} ask about first.',
  'If you are new to {topic}, {subject} is a good place to begin.',
  'You have probably wondered about {subject} already.',
  'Here is what we can tell you about {subject} so far.',
] as const

const remarks = [
  'It is the kind of detail that {readers} tend to write down.',
  'That alone answers a question which comes up again and again.',
  'Plans around {topic} can start from there.',
  'It is worth saying plainly, because it is easily missed.',
  'Whoever explains {topic} to others can begin with exactly that.',
  'Keep it in mind for the sections that follow.',
] as const

const wordy =
  'To be quite honest, all of this is really very simple once one has very calmly sat down and really thought about each and every part of {subject} from the beginning to the end.'

/** What can be said of any subject without claiming anything about it. */
const fillers = [
  'Nothing here calls for prior knowledge.',
  'A note on the kitchen wall, or a line in a shared document, is enough to remember it.',
  'Those who want to go further can take one point and try it for a week.',
  'It helps to talk it over with somebody who sees {topic} from another side.',
  'The order in which things are done matters less than doing them at all.',
  'Questions are welcome, and most of them have been asked before.',
  'What works for one group of {readers} need not work for the next.',
  'A small trial tells more than a long discussion.',
  'It pays to write down what was expected, and to compare afterwards.',
  'Where something is unclear, asking early saves a second round.',
  'Not every point will matter to everybody, and that is fine.',
  'The aim is a decision that still looks right in a few months.',
  'A second pair of eyes catches what the first one skipped.',
  'It is tempting to settle {subject} last, yet it shapes much of what comes before.',
  'Some {readers} prefer to see an example before they read on.',
  'What is said here can be checked, and should be.',
  'Good habits around {topic} grow from small steps.',
  'Time set aside for {subject} is seldom regretted.',
  'If circumstances change, this is the part to read again.',
  'Most misunderstandings about {topic} begin with a word that two people use differently.',
  'A calm look at {subject} takes a few minutes and no equipment.',
  'Others have stood at the same point, and their notes are useful.',
  'There is no need to decide everything on one day.',
  'Simple answers are often enough, as long as they are true.',
  'The rest of this article builds on what stands here.',
  'It is a good moment to stop and to note open questions.',
  'Whoever has done it once finds the second time easier.',
  'Both sides of the matter deserve a fair hearing.',
] as const
