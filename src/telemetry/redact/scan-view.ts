import type { Candidate } from './candidate.ts'
import {
  classOf,
  digit,
  foldCode,
  isAlphanumeric,
  isDigit,
  letter,
  sign,
} from './character-class.ts'
import type { Detector, Trigger } from './detector.ts'
import { Scan } from './scan.ts'
import type { ScanPlan } from './scan-plan.ts'
import type { TextView } from './text-view.ts'
import { addToHash } from './word-table.ts'

/**
 * Linear time by construction.
 *
 * A redactor that runs a set of patterns over a text pays for each start position of each pattern, and
 * a hostile text makes the patterns backtrack. Here one pass over the characters finds the few places
 * where a sensitive value can begin (a trigger); only there matchers run, anchored at that place and
 * bounded in length. The work per character is therefore bounded, whatever the text.
 */

const shortDigits = 4
const shortCode = 3
/** Longer runs of letters are no names of keys. */
const longestName = 48

/** A part of a view, in its units. */
export interface Part {
  readonly start: number
  readonly end: number
}

/**
 * Runs the plan over a view and returns all candidates that start in it, in no particular order.
 *
 * @param parts the parts to look at, in order and disjoint; the whole view when absent
 */
export function scanView(view: TextView, plan: ScanPlan, parts?: readonly Part[]): Candidate[] {
  const scan = new Scan(view)
  for (const { start, end } of parts ?? [{ start: 0, end: view.text.length }]) {
    scan.position = Math.max(scan.position, startOfRun(view.text, start))
    scanPart(scan, plan, end)
  }
  return scan.candidates
}

function scanPart(scan: Scan, plan: ScanPlan, end: number): void {
  const text = scan.text
  while (scan.position < end) {
    const at = scan.position
    const kind = classOf(text.charCodeAt(at))
    if (kind === letter || kind === digit) takeRun(scan, plan, at)
    else {
      scan.position = at + 1
      if (kind === sign) takeSign(scan, plan, at)
    }
  }
}

/** A part must not begin inside a run of letters and digits, or the run would look shorter. */
function startOfRun(text: string, start: number): number {
  let at = start
  while (at > 0 && isAlphanumeric(text.charCodeAt(at - 1))) at--
  return at
}

function takeRun(scan: Scan, plan: ScanPlan, start: number): void {
  const text = scan.text
  const length = text.length
  let at = start
  let hash = 0
  let letters = 0
  let capitals = 0
  for (; at < length; at++) {
    const code = text.charCodeAt(at)
    const kind = classOf(code)
    if (kind === 0 || kind === sign) break
    const lower = foldCode(code)
    if (kind === letter) letters++
    if (lower !== code) capitals++
    hash = addToHash(hash, lower)
  }
  scan.position = at
  const prefixes = plan.prefixes.get(text.charCodeAt(start), text.charCodeAt(start + 1))
  if (prefixes && takePrefix(scan, prefixes, start, at)) return
  if (letters === 0) {
    const isShort = at - start <= shortDigits && !digitsFollow(text, start, at)
    runAll(scan, plan, isShort ? 'short-digits' : 'digits', start, at)
    return
  }
  if (letters < at - start)
    runAll(scan, plan, at - start <= shortCode ? 'short-code' : 'code', start, at)
  else takeWord(scan, plan, hash, start, at)
  if (capitals > 0 && capitals < letters && at - start <= longestName)
    takeHumps(scan, plan, start, at)
}

/** Whether a number goes on after a gap such as ` `, `-` or `) `; `1 2 3` are three numbers. */
function digitsFollow(text: string, start: number, end: number): boolean {
  for (let at = end; at < end + 4; at++) {
    const code = text.charCodeAt(at)
    if (isDigit(code)) {
      const isSpaced = end - start === 1 && text.charCodeAt(end) === 0x20
      return !isSpaced || isDigit(text.charCodeAt(at + 1))
    }
    if (code !== 0x20 && code !== 0x28 && code !== 0x29 && (code < 0x2d || code > 0x2f))
      return false
  }
  return false
}

/** True when a detector recognised a token and moved the scan on. */
function takePrefix(
  scan: Scan,
  prefixes: readonly (readonly [string, Detector])[],
  start: number,
  end: number,
): boolean {
  for (const [prefix, detector] of prefixes) {
    if (!scan.text.startsWith(prefix, start)) continue
    detector.detect(scan, start, end)
    if (scan.position > end) return true
  }
  return false
}

/** The words inside `homePhoneNumber` are words too. */
function takeHumps(scan: Scan, plan: ScanPlan, start: number, end: number): void {
  let from = start
  let hash = 0
  for (let at = start; at < end; at++) {
    if (at > start && isUpper(scan.text, at) && !isUpper(scan.text, at - 1)) {
      takeWord(scan, plan, hash, from, at)
      from = at
      hash = 0
    }
    hash = addToHash(hash, foldCode(scan.text.charCodeAt(at)))
  }
  if (from > start) takeWord(scan, plan, hash, from, end)
}

function isUpper(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return foldCode(code) !== code
}

function takeWord(scan: Scan, plan: ScanPlan, hash: number, start: number, end: number): void {
  const entries = plan.words.get(hash)
  if (!entries) return
  const word = scan.text.slice(start, end).toLowerCase()
  for (const [expected, detector] of entries) {
    if (expected === word) detector.detect(scan, start, end)
  }
}

function takeSign(scan: Scan, plan: ScanPlan, at: number): void {
  const character = scan.text[at] as Trigger | '-'
  if (character !== '-') runAll(scan, plan, character, at, at + 1)
  else if (scan.text.startsWith('-----', at)) runAll(scan, plan, '-----', at, at + 5)
}

function runAll(scan: Scan, plan: ScanPlan, trigger: Trigger, start: number, end: number): void {
  for (const detector of plan.byTrigger[trigger]) detector.detect(scan, start, end)
}
