import { isAlphanumeric } from '../character-class.ts'
import type { Detector } from '../detector.ts'
import type { Scan } from '../scan.ts'
import { coreBeforeNumber } from './address-before-number.ts'
import {
  type AddressCore,
  coreFromName,
  coreFromNumber,
  coreFromStreetWord,
} from './address-core.ts'
import { endOfAddress } from './address-tail.ts'
import { shortStreetStart, streetStart, unitWord } from './street-words.ts'

/** Only these make a bare name and number an address: `lives on Joaquin Suarez 2906`. */
const strongExpectation =
  /(?:address(?: is|:| to)|liv(?:es?|ed|ing) (?:at|on|in|on the \w+ side of)|located (?:at|on)|office is (?:at|on)|north side of|south side of|east side of|west side of|enter on|taxi to|wohnhaft|wohne in der|anschrift:?|adresse:?|dirección:?|vivo en|abito in|indirizzo:?)(?: in)? ?$/
const reach = 64
const leadingUnit = new RegExp(
  `(?:\\b(?:${unitWord})\\.? ?#?(?:\\d{1,4}[a-z]?,? )?|\\b\\d{1,5} )$`,
  'i',
)

/**
 * Street addresses: a street and number in the forms of Europe and the Americas, extended over unit,
 * postal code and town. Without a street word the text has to say that an address follows.
 */
export const streetAddress: Detector = {
  triggers: ['digits', 'short-digits', 'code', 'short-code', 'word'],
  words: [...streetStart.split('|'), ...shortStreetStart.split('|'), 'c'],
  detect(scan, start, end) {
    const core = findCore(scan, start, end)
    if (!core) return
    const last = endOfAddress(scan.text, core.start, core.end)
    if (!isConfirmed(scan, core, last)) return
    scan.report('STREET_ADDRESS', withLead(scan, core.start), last, 'context')
    scan.skipTo(core.end)
  },
}

function findCore(scan: Scan, start: number, end: number): AddressCore | undefined {
  const text = scan.text
  const first = text.charCodeAt(start)
  if (first < 0x30 || first > 0x39) return coreFromStreetWord(scan, start)
  const previous = text.charCodeAt(start - 1)
  if (isAlphanumeric(previous) || /[.$€£#_/:@-]/.test(text.charAt(start - 1))) return undefined
  if (end - start > 6) return undefined
  const isExpected = scan.hasLabel('place', start, reach)
  const next = text.charAt(end)
  const isFollowed = next === ' ' || next === ',' || next === '/' || next === '-'
  return (
    (isFollowed ? coreFromNumber(scan, start, isExpected) : undefined) ??
    coreBeforeNumber(scan, start, isExpected)
  )
}

/** A loose form that no town follows needs the words, or the end of the line. */
function isConfirmed(scan: Scan, core: AddressCore, last: number): boolean {
  if (core.needs === 'nothing') return true
  if (core.needs === 'postal-code') return /\d{4}/.test(scan.text.slice(core.end, last))
  if (last > core.end) return true
  if (scan.hasLabel('place', core.start, reach)) return true
  return /^(?:\s*$|\s*\n)/.test(scan.text.slice(core.end, core.end + 8)) && core.start > 0
}

/** Takes in a unit or a second number that stands before the street: `Flat 9, 48 Queen's Road`. */
function withLead(scan: Scan, start: number): number {
  const before = scan.text.slice(Math.max(0, start - 20), start)
  return start - (leadingUnit.exec(before)?.[0].length ?? 0)
}

/** A name and number directly after words such as "lives on". */
export const namedAddress: Detector = {
  triggers: ['word'],
  words: ['on', 'of', 'is', 'to', 'at', 'in', 'der', 'en'],
  detect(scan, _start, end) {
    if (scan.text[end] !== ' ' || !/[\p{Lu}\d]/u.test(scan.text.charAt(end + 1))) return
    if (!strongExpectation.test(scan.before(end + 1, 40))) return
    const core = coreFromName(scan, end + 1)
    if (core)
      scan.report(
        'STREET_ADDRESS',
        core.start,
        endOfAddress(scan.text, core.start, core.end),
        'context',
      )
  },
}
