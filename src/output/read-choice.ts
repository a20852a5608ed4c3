import { differsBySlip, normalizeName, withoutAccents } from './normalize-name.ts'
import type { ScalarReading } from './reading.ts'
import type { RuleName } from './rule-names.ts'

/**
 * Which member of an enum a text means.
 *
 * First the text as a whole: the same characters, then without case and separators, then without
 * accents, then with one slip of the finger. Last a member among other words, as in `Answer: HIGH`
 * or `I would say high.` That is taken only if one member is mentioned and nothing in the text turns
 * it around or weakens it: `not spam`, `spam-free`, `almost done` and `high or low` say no member.
 */

/** A text longer than this is a document, not a choice. */
const longest = 400

/**
 * Words that may turn a mention around or make it uncertain. Rather one too many: a text that is
 * refused costs a correction, one that is misread costs a wrong answer.
 */
const doubt =
  /\b(?:not|no|non|nor|never|none|neither|cannot|without|rather|instead|except|but|however|although|or|versus|vs|between|either|maybe|perhaps|possibly|probably|potentially|might|may|could|unless|if|almost|nearly|sometimes|partial\w*|depend\w*|partially|partly|somewhat|slightly|mostly|condition\w*|avoid\w*|lean\w*|toward\w*|borderline|yet|to be|await\w*|kind of|sort of|pending|provided|subject to|unable|impossible|sorry|declin\w*|refus\w*|semi|quasi|pre|post|anti|un|less|free|lacks?|lacking|absence|hardly|barely|scarcely|unlikely|unsure|uncertain|unclear|unknown|former|formerly|previously|was|were|until|longer|other than|opposite|far from|too|exclude[sd]?|excluding|wrong|incorrect|false|reject|nicht|kein\w*|ohne|pas|sans|sin|niet|geen)\b|n['’]t\b|[≠<>?]|!=/i

/** The member that this text names under `values`, which hold no null. */
export function readChoice(text: string, values: readonly unknown[]): ScalarReading {
  for (const value of values) if (value === text) return { value }
  if (text.length > longest) return undefined
  const trimmed = trimMarks(text)
  const members = values.filter((value): value is string => typeof value === 'string')
  return readWhole(trimmed, values, members) ?? readWords(text, members)
}

/** The text without the space, quotes and markdown around it. */
export function trimMarks(text: string): string {
  return text
    .trim()
    .replace(/^[\s"'“”‘’`*_#([]+|[\s"'“”‘’`*_)\]]+$/g, '')
    .trim()
}

function readWhole(
  text: string,
  values: readonly unknown[],
  members: readonly string[],
): ScalarReading {
  const scalar = values.filter((value) => typeof value !== 'string' && String(value) === text)
  if (scalar.length === 1) return { value: scalar[0], rule: 'choice-type', class: 'unique' }
  const exactly = members.find((member) => member === text)
  if (exactly !== undefined) return { value: exactly, rule: 'choice-marks', class: 'unique' }
  const lower = text.toLowerCase()
  const normal = normalizeName(text)
  if (normal === '') return undefined
  const marked = members.filter((member) => marksOf(member) === marksOf(text))
  return (
    onlyMember(marked, (one) => one.toLowerCase() === lower, 'choice-case', 'unique') ??
    onlyMember(marked, (one) => normalizeName(one) === normal, 'choice-case', 'unique') ??
    onlyMember(marked, accentsAside(text), 'choice-accents', 'likely') ??
    onlyMember(marked, slipOf(normal), 'choice-slip', 'likely')
  )
}

/** Marks that make another member: `A+` is not `A-`, `>5` is not `<5`, `C#` is not `C`. */
function marksOf(text: string): string {
  return text.replace(/(?<=\w)-(?=\w)/g, '').replace(/[^-+<>=~%&≠≤≥?…]/g, '')
}

function accentsAside(text: string): (member: string) => boolean {
  const plain = withoutAccents(text)
  return (member) => plain !== '' && withoutAccents(member) === plain
}

function slipOf(normal: string): (member: string) => boolean {
  return (member) => normal.length >= 5 && differsBySlip(normal, normalizeName(member))
}

function onlyMember(
  members: readonly string[],
  test: (member: string) => boolean,
  rule: RuleName,
  kind: 'unique' | 'likely',
): ScalarReading {
  const found = members.filter(test)
  if (found.length === 0) return undefined
  return found.length > 1 ? 'ambiguous' : { value: found[0], rule, class: kind }
}

interface Mention {
  readonly member: string
  readonly start: number
  readonly end: number
  readonly isExact: boolean
}

/** A member among other words; if there is none, one whose accents were left away. */
function readWords(text: string, members: readonly string[]): ScalarReading {
  const found = readMention(text, members)
  if (found !== undefined) return found
  const plain = members.map(stripAccents)
  const again = readMention(stripAccents(text), plain)
  if (again === undefined || again === 'ambiguous') return again
  const like = members.filter((_, index) => plain[index] === again.value)
  return like.length === 1 ? { ...again, value: like[0] } : 'ambiguous'
}

const stripAccents = (text: string): string => text.normalize('NFD').replace(/\p{M}+/gu, '')

/** The one member that is mentioned among other words. */
function readMention(text: string, members: readonly string[]): ScalarReading {
  const all = mentionsOf(text, members)
  // `not spam` mentions `not_spam`, not `spam`: a longer mention hides those within it.
  const mentions = all.filter((one) => !all.some((other) => hides(other, one)))
  const named = new Set(mentions.map((mention) => mention.member))
  if (named.size === 0) return undefined
  const only = named.size === 1 ? mentions[0] : standsOut(mentions)
  if (only === undefined) return 'ambiguous'
  const rest = mentions.reduceRight(
    (left, mention) => `${left.slice(0, mention.start)} ${left.slice(mention.end)}`,
    text,
  )
  if (!isOwnSentence(text, only) && doubt.test(rest)) return 'ambiguous'
  // `3.7`, `3/5` and `30 %` are not the member 3.
  if (/^\d+$/.test(only.member) && /[\d%+≥≤~≈±$€£]/.test(rest)) return 'ambiguous'
  return { value: only.member, rule: 'choice-in-words', class: 'likely' }
}

/** `False. The statement …`: what follows explains the choice and does not change it. */
function isOwnSentence(text: string, mention: Mention): boolean {
  if (/[^\s"'*_`(]/.test(text.slice(0, mention.start))) return false
  return /^["'*_`)]*(?:[.!](?:["'*_`)]*(?:\s|$)|\\n)|\s*\n|\s*$)/.test(text.slice(mention.end))
}

/** Of `TWO is one of them` only `TWO` is written as a member is; `one` is a word of the sentence. */
function standsOut(mentions: readonly Mention[]): Mention | undefined {
  const exactly = mentions.filter((mention) => mention.isExact)
  const isUpper = exactly.every((mention) => mention.member !== mention.member.toLowerCase())
  return isUpper && new Set(exactly.map((one) => one.member)).size === 1 ? exactly[0] : undefined
}

function mentionsOf(text: string, members: readonly string[]): Mention[] {
  const mentions: Mention[] = []
  for (const member of members) {
    // A letter or two is part of too many sentences; only `B:` or `B.` at the start can mean it.
    const parts = member.match(/[\p{L}\p{N}\p{M}]+/gu)
    if (parts === null) continue
    const isShort = normalizeName(member).length <= 2 && !/\d/.test(member)
    const pattern = parts.map(escapePattern).join(String.raw`[\s_.\-/]*`)
    const bounds = isShort
      ? new RegExp(String.raw`^[\s"'*(]*(${pattern})["'*]*[.:)]`, 'u')
      : new RegExp(
          String.raw`(?<![\p{L}\p{N}\p{M}_/'’-])(${pattern})(?![\p{L}\p{N}\p{M}_/]|['’-][\p{L}\p{N}])`,
          'giu',
        )
    const finds = isShort ? [bounds.exec(text)] : [...text.matchAll(bounds)]
    for (const find of finds) {
      if (find?.[1] === undefined) continue
      const start = find.index + find[0].indexOf(find[1])
      mentions.push({ member, start, end: start + find[1].length, isExact: find[1] === member })
    }
  }
  return mentions.sort((left, right) => left.start - right.start)
}

function hides(outer: Mention, inner: Mention): boolean {
  return (
    outer !== inner &&
    outer.start <= inner.start &&
    inner.end <= outer.end &&
    outer.end - outer.start > inner.end - inner.start
  )
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|-]/g, String.raw`\$&`)
}
