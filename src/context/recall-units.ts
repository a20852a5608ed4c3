import type { TokenCount, Turn } from '../model/conversation.ts'
import { countTokens } from './count-tokens.ts'
import { createNumberLists, type NumberLists } from './number-lists.ts'
import { passagesOf } from './passages.ts'
import { recordLine, speakerOf, spokenText } from './recalled-text.ts'
import { termsOf } from './terms.ts'

/** What a search finds: a turn, or one passage of a long one. */
export interface RecallUnit {
  readonly turn: Turn
  readonly text: string
  /** The text is all that the turn says. */
  readonly whole: boolean
  /** Of its line in the record, with the line's end. */
  readonly tokens: TokenCount
  readonly speaker: string
  readonly vector?: Float32Array
}

/**
 * The units of an index, oldest first, and what every search reads of all of them, each fact in an
 * array of its own: a search of ten thousand turns is then a few passes over flat numbers.
 */
export interface RecallUnits {
  readonly units: readonly RecallUnit[]
  /** The ids of each unit's terms. */
  readonly said: NumberLists
  /** Terms of a unit. */
  readonly lengths: readonly number[]
  /** Terms of a unit and its neighbours, weighed by `windowShape`. */
  readonly windowLengths: readonly number[]
  readonly timesMs: readonly number[]
  /** Days since the epoch. */
  readonly days: readonly number[]
  /** Bits of `Mark`. */
  readonly marks: readonly number[]
  /** Numbers of speakers, by the name that `speakerNumber` knows. */
  readonly speakers: readonly number[]
  /** Terms of all units. */
  readonly totalLength: number
  /** About the memory that they take, terms included. */
  readonly bytes: number
  add(unit: RecallUnit, terms: readonly number[]): void
  /** Lets go of the oldest. */
  forget(count: number): void
  /** The number of a speaker, or undefined where nobody of that name has spoken. */
  speakerNumber(name: string): number | undefined
  /** Who has spoken at least `turns` times. */
  speakersOf(turns: number): string[]
}

/**
 * Measured with Node 24: a turn, its entry and its part of the vocabulary take some 500 to 700 bytes and
 * two for each character; a vector four for each number.
 */
const unitBytes = 600
const characterBytes = 2

const bytesOf = ({ text, vector }: RecallUnit) =>
  unitBytes + characterBytes * text.length + (vector?.byteLength ?? 0)

/** What a unit does: asks something, tells a time, follows the question of somebody else. */
export const Mark = { asks: 1, tellsTime: 2, answers: 4 } as const

/** What a term counts that stands in the unit itself, in the one next to it, in the one after that. */
export const windowShape: readonly number[] = [1, 0.9, 0.8]

const dayMs = 86_400_000

/** Days since the epoch, in UTC. */
export const dayNumber = (timeMs: number): number => Math.floor(timeMs / dayMs)

const mostSpeakers = 64
const timeWord =
  /\b(yesterday|today|tomorrow|tonight|last|next|ago|since|week|weekend|month|years?|(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april|june|july|august|september|october|november|december)\b/i

/** Cuts a turn into what can be found of it, each with its terms; nothing where it says nothing. */
export function unitsOf(
  turn: Turn,
  vector?: Float32Array,
): readonly (readonly [unit: RecallUnit, words: readonly string[]])[] {
  const said = spokenText(turn.message)
  if (said.trim() === '') return []
  const speaker = speakerOf(turn.message)
  const passages = passagesOf(said)
  return passages.map((text) => {
    const words = termsOf(text.startsWith(`${speaker}: `) ? text.slice(speaker.length + 2) : text)
    const unit = {
      turn,
      text,
      whole: passages.length === 1,
      tokens: countTokens(`${recordLine(turn.message, text)}\n`),
      speaker,
      ...(vector && { vector }),
    }
    return [unit, words] as const
  })
}

export function createRecallUnits(): RecallUnits {
  let units: RecallUnit[] = []
  let lengths: number[] = []
  let windowLengths: number[] = []
  let timesMs: number[] = []
  let days: number[] = []
  let marks: number[] = []
  let speakers: number[] = []
  let totalLength = 0
  let bytes = 0
  const said = createNumberLists()
  const names = new Map<string, { readonly number: number; turns: number }>()

  /** Beyond the most names that are told apart, all others are one. */
  function numberOf({ speaker, turn }: RecallUnit): number {
    const known = names.get(speaker)
    if (!known && names.size >= mostSpeakers) return mostSpeakers
    const name = known ?? { number: names.size, turns: 0 }
    if (units.at(-1)?.turn !== turn) name.turns++
    names.set(speaker, name)
    return name.number
  }

  function widenWindows(at: number): void {
    for (let away = 1; away < windowShape.length && away <= at; away++) {
      const share = windowShape[away] ?? 0
      windowLengths[at - away] = (windowLengths[at - away] ?? 0) + share * (lengths[at] ?? 0)
      windowLengths[at] = (windowLengths[at] ?? 0) + share * (lengths[at - away] ?? 0)
    }
  }

  return {
    get units() {
      return units
    },
    get lengths() {
      return lengths
    },
    get windowLengths() {
      return windowLengths
    },
    get timesMs() {
      return timesMs
    },
    get days() {
      return days
    },
    get marks() {
      return marks
    },
    get speakers() {
      return speakers
    },
    get totalLength() {
      return totalLength
    },
    get bytes() {
      return bytes
    },
    said,
    add(unit, terms) {
      marks.push(marksOf(unit, units.at(-1), marks.at(-1) ?? 0))
      speakers.push(numberOf(unit))
      units.push(unit)
      said.add(terms)
      lengths.push(terms.length)
      windowLengths.push(terms.length)
      timesMs.push(unit.turn.createdAtMs)
      days.push(dayNumber(unit.turn.createdAtMs))
      totalLength += terms.length
      bytes += bytesOf(unit)
      widenWindows(units.length - 1)
    },
    forget(count) {
      for (const unit of units.slice(0, count)) bytes -= bytesOf(unit)
      said.forget(count)
      for (const length of lengths.slice(0, count)) totalLength -= length
      units = units.slice(count)
      lengths = lengths.slice(count)
      windowLengths = windowLengths.slice(count)
      timesMs = timesMs.slice(count)
      days = days.slice(count)
      marks = marks.slice(count)
      speakers = speakers.slice(count)
    },
    speakerNumber: (name) => names.get(name)?.number,
    speakersOf: (turns) =>
      [...names.keys()].filter((name) => (names.get(name)?.turns ?? 0) >= turns),
  }
}

function marksOf(unit: RecallUnit, before: RecallUnit | undefined, marksBefore: number): number {
  const follows = before !== undefined && before.speaker !== unit.speaker
  return (
    (/[?？]/.test(unit.text) ? Mark.asks : 0) |
    (timeWord.test(unit.text) ? Mark.tellsTime : 0) |
    (follows && (marksBefore & Mark.asks) !== 0 ? Mark.answers : 0)
  )
}
