import { pick } from './choice.ts'
import { findLabelled, findList } from './labels.ts'
import { capitalise, keywordsOf, listOf, overlap, sentencesOf, wordsOf } from './text.ts'

/** What a brief asks for, as far as it can be read. */
export interface Brief {
  readonly topic: string
  readonly audience: string | undefined
  readonly facts: readonly string[]
  readonly forbidden: readonly string[]
}

export function readBrief(text: string): Brief {
  const topic = findLabelled(text, 'topic') ?? findLabelled(text, 'title') ?? aboutOf(text)
  const facts = [...findList(text, 'facts'), ...findList(text, 'must appear')]
  return {
    topic: topic ?? listOf(keywordsOf(text, 2)),
    audience: findLabelled(text, 'audience'),
    facts: [...new Set(facts)],
    forbidden: [...findList(text, 'avoid'), ...findList(text, 'must not appear')],
  }
}

/** `Write an article about X for Y`: the X. */
function aboutOf(text: string): string | undefined {
  return /\b(?:about|on|titled|called)\s+[“"']?([^\n.“”"']{3,80}?)(?:[”"'.\n]|\s+(?:for|in|with)\b|$)/i.exec(
    text,
  )?.[1]
}

/** Whether a text asks for something to be written, rather than for an answer. */
export function asksForText(text: string): boolean {
  return /\b(write|draft|compose|rewrite|revise)\b/i.test(text) && wordsOf(text).length > 3
}

/**
 * A paragraph on a subject of the brief. The facts of the brief that belong to the subject are told as
 * they stand; the sentences around them say what is being talked about, and claim nothing.
 */
export function composeParagraph(brief: Brief, subject: string, seed: number): string {
  const facts = factsFor(brief, subject)
  const reader = brief.audience ? `, written for ${brief.audience}` : ''
  const opening =
    subject === brief.topic
      ? `This is about ${brief.topic}${reader}.`
      : pick(
          [
            `When it comes to ${brief.topic}, it is worth looking at ${uncapitalise(subject)}.`,
            `Whoever deals with ${brief.topic} comes to ${uncapitalise(subject)} sooner or later.`,
            `Let us look at ${uncapitalise(subject)}, which is one side of ${brief.topic}.`,
          ],
          seed,
          subject,
        )
  const missing = 'The brief gives no facts on this, so none are stated here.'
  return [opening, ...(facts.length > 0 ? facts.map(asSentence) : [missing])].join(' ')
}

/** One sentence on what a brief asks for. */
export function describeBrief(brief: Brief): string {
  const { topic, audience, facts } = brief
  const told = facts.slice(0, 2).map(asSentence).join(' ')
  return `What ${audience ?? 'readers'} want to know about ${topic}. ${told}`.trim()
}

/** A headline on what a brief asks for. */
export function titleOf({ topic, audience }: Brief): string {
  return audience ? `${capitalise(topic)}: a guide for ${audience}` : capitalise(topic)
}

/** A text of a few paragraphs: one on the topic as a whole, then one for each subject that it names. */
export function composeArticle(brief: Brief, subjects: readonly string[], seed: number): string {
  if (subjects.length === 0) return composeParagraph(brief, brief.topic, seed)
  return subjects
    .map((subject) => `## ${capitalise(subject)}\n\n${composeParagraph(brief, subject, seed)}`)
    .join('\n\n')
}

/** The subjects that an outline of a topic goes through: the topic, its facts, and what people ask about anything. */
export function outlineOf({ topic, facts }: Brief, least: number, most: number): string[] {
  const about = `About ${topic}`
  const usual = [
    'In practice',
    'What to watch for',
    'First steps',
    'Common questions',
    'Further reading',
  ]
  const count = Math.min(most, Math.max(least, facts.length + 2))
  const fromFacts = [...new Set(facts.map(subjectOf))].filter((subject) => subject !== '')
  return [about, ...fromFacts.slice(0, count - 2), ...usual].slice(0, count)
}

/** What is to be said about a subject: the facts that belong to it, else what its readers will ask. */
export function pointsFor(brief: Brief, subject: string): string[] {
  const facts = factsFor(brief, subject)
  return facts.length > 0 ? facts : [`What ${brief.audience ?? 'readers'} want to know about this`]
}

function factsFor({ facts, topic, forbidden }: Brief, subject: string): string[] {
  const allowed = facts.filter(
    (fact) => !forbidden.some((each) => overlap(wordsOf(each), fact) > 0.8),
  )
  if (subject === topic) return allowed
  const own = allowed.filter((fact) => subjectOf(fact).toLowerCase() === subject.toLowerCase())
  if (own.length > 0) return own
  // The words of the topic are in every subject, so they tell none from another.
  const words = keywordsOf(subject, 8).filter((word) => overlap([word], topic) === 0)
  return allowed.filter((fact) => overlap(words, fact) > 0.25)
}

/** What a text on a brief can be found by. */
export function keywordsFor({ topic, facts }: Brief): string[] {
  const subjects = facts.map((fact) => subjectOf(fact).toLowerCase())
  return [...new Set([topic, ...subjects])].filter((subject) => subject !== '')
}

/** What a fact is about: its words before the verb, of which the common ones are known. */
function subjectOf(fact: string): string {
  // `From March the price is …` says its subject too late for a heading.
  if (/^(from|in|on|at|since|until|by|with|for|after|before|if|when)\b/i.test(fact)) return ''
  const words = fact.replace(/^(an?|the|some|many|most)\s+/i, '').split(/\s+/)
  const verb =
    /^(is|are|was|has|have|can|may|must|takes?|carr(y|ies)|pays?|costs?|needs?|offers?|saves?|uses?|gives?|helps?|opens?|closes?|starts?|ends?|lasts?|holds?|runs?|covers?|includes?|begins?|follow|arrives?|leaves?|travels?|weighs?|lasts?|stays?|requires?|such|which|that|who)$/i
  const end = words.findIndex((word, index) => index > 0 && verb.test(word))
  return capitalise(words.slice(0, end === -1 ? 3 : Math.min(end, 4)).join(' '))
}

/** For the middle of a sentence; names of several capitals stay. */
export function uncapitalise(text: string): string {
  return /^\p{Lu}\p{Ll}/u.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text
}

/** A fact as a sentence of its own. */
export function asSentence(fact: string): string {
  const text = sentencesOf(fact)[0] ?? fact
  return /[.!?]$/.test(text) ? capitalise(text) : `${capitalise(text)}.`
}
