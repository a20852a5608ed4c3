import { fencedPart } from './fence.ts'
import { findCall } from './find-documents.ts'
import { mergeSingles, parseLabelled } from './labelled-answer.ts'
import { keyAhead } from './lookahead.ts'
import type { Node, Parsed } from './node.ts'
import { isToken } from './read-bare.ts'
import type { MendOptions, Tree } from './read-document.ts'
import type { RuleName } from './rule-names.ts'
import { parseTolerant } from './tolerant-parser.ts'
import { parseXml } from './xml-answer.ts'

/** The trees that a text without brackets of its own may stand for, the plainest first. */
export function* otherForms(text: string, options: MendOptions): Generator<Tree> {
  const body = fencedPart(text)
  const start = body.search(/\S/)
  if (start < 0) return
  yield* quoted(body, start, options)
  const call = findCall(body, options)
  if (call !== undefined) yield call.parsed
  if (body.charAt(start) === '(') yield* sound(parseTolerant(body, start, options))
  yield* tokens(body.trim(), start)
  yield* bracelessForms(text, options)
  yield* labelledForms(body, options)
  const elements = parseXml(body, options.maxDepth)
  if (elements !== undefined) yield formOf(elements, 'xml')
}

/** A whole document inside quotes. */
function* quoted(body: string, start: number, options: MendOptions): Generator<Tree> {
  if (!/["'“]/.test(body.charAt(start))) return
  yield* whole(body, parseTolerant(body, start, options))
}

/** One number or keyword, or one on each line. */
function* tokens(body: string, start: number): Generator<Tree> {
  const bare = (text: string): Node => ({ kind: 'bare', text, start, end: start + text.length })
  if (isToken(body)) yield formOf(bare(body), 'token')
  const lines = body.split('\n').map((line) => line.trim())
  if (lines.length < 2 || !lines.every(isToken)) return
  yield formOf({ kind: 'array', items: lines.map(bare), start, end: start }, 'token-lines')
}

/** Members without the braces around them. */
export function* bracelessForms(text: string, options: MendOptions): Generator<Tree> {
  const body = fencedPart(text)
  const start = body.search(/\S/)
  const key = keyAhead(body, start, options.known)
  if (key === undefined || !(key.quoted || (key.known && body.trimEnd().endsWith('}')))) return
  const parsed = parseTolerant(body, start, { ...options, braceless: true })
  for (const tree of whole(body, parsed)) {
    const form = formOf(tree.root, 'missing-braces')
    yield { ...tree, repairs: [...form.repairs, ...tree.repairs] }
  }
}

/** Labelled lines, as they are and as the properties of one object. */
export function* labelledForms(body: string, options: MendOptions): Generator<Tree> {
  const root = parseLabelled(body, options.maxDepth)
  if (root === undefined) return
  yield formOf(root, 'labelled-lines')
  const merged = mergeSingles(root)
  if (merged !== undefined) yield formOf(merged, 'labelled-lines')
}

function* sound(parsed: Parsed): Generator<Tree> {
  if (parsed.fault === undefined) yield parsed
}

function* whole(body: string, parsed: Parsed): Generator<Tree> {
  if (parsed.fault === undefined && body.slice(parsed.end).trim() === '') yield parsed
}

function formOf(root: Node, rule: RuleName): Tree {
  return { root, repairs: [{ rule, class: 'likely', at: root.start, before: rule, after: 'JSON' }] }
}
