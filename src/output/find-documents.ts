import { isDigit } from './characters.ts'
import type { Fault, Parsed } from './node.ts'
import { callAt } from './parse-value.ts'
import type { ParseOptions } from './parser-state.ts'
import { reasoningTags } from './stream-start.ts'
import { parseTolerant } from './tolerant-parser.ts'

/**
 * Finds the JSON in an answer, with the tolerant parser itself: a pattern would stop at a fence or a
 * brace inside a string. What is in front, between and behind is text.
 *
 * A document that breaks after its first key ends the search, since what follows would be a part of
 * it. A bracket that breaks before that is a bracket in a sentence.
 */
export interface Documents {
  readonly found: readonly Document[]
  /** The first document that cannot be read. */
  readonly fault?: Fault
  /** Characters that look like data and belong to no document. */
  readonly leftover?: Fault
}

export interface Document {
  readonly start: number
  readonly parsed: Parsed
}

/** The parser may read this many times the length of the text, over all places it is started at. */
const mostRereads = 8

/** More documents than this are not an answer, and each is read under the schema. */
const mostDocuments = 20_000

/** A bracket, or a tag around reasoning. */
const landmark = new RegExp(`[{[]|<(/?)(${[...reasoningTags].join('|')})>`, 'gi')

export function findDocuments(text: string, options: ParseOptions): Documents {
  let found: Document[] = []
  let softFault: Fault | undefined
  let budget = text.length * mostRereads + 10_000
  landmark.lastIndex = 0
  let from = 0
  for (;;) {
    landmark.lastIndex = from
    const mark = landmark.exec(text)
    if (mark === null) break
    if (mark[2] !== undefined) {
      // Reasoning is not the answer, whatever JSON it drafts; a lone end tag ends one as well.
      const isEnd = mark[1] === '/'
      if (isEnd) found = []
      const end = isEnd ? landmark.lastIndex : endOfReasoning(text, mark[2], landmark.lastIndex)
      from = end
      continue
    }
    // `{{{` opens nothing before its last two braces; long runs are skipped at once.
    if (text.startsWith('{{{', mark.index)) {
      from = mark.index + 1
      while (text.startsWith('{{{', from)) from++
      continue
    }
    const parsed = parseTolerant(text, mark.index, options)
    budget -= Math.max(parsed.end, parsed.fault?.at ?? 0) - mark.index
    if (parsed.fault?.cause === 'hostile' || budget < 0)
      return { found: [], fault: hostile(mark.index) }
    if (parsed.fault === undefined) {
      if (found.length >= mostDocuments) return { found: [], fault: hostile(mark.index) }
      found.push({ start: mark.index, parsed })
      from = parsed.end
    } else if (parsed.begun) return { found, fault: parsed.fault }
    else {
      softFault ??= parsed.fault
      from = mark.index + 1
    }
  }
  const leftover = leftoverOf(text, found)
  if (found.length > 0) return { found, ...(leftover && { leftover }) }
  return { found, ...(softFault && { fault: softFault }) }
}

/** A document that is a call, such as `Person(name="Ann")`, or a tuple. */
export function findCall(text: string, options: ParseOptions): Document | undefined {
  for (const match of text.matchAll(/(?<![\w.])[A-Za-z_][\w.]{0,60}\(/g)) {
    if (callAt(text, match.index) === undefined) continue
    const parsed = parseTolerant(text, match.index, options)
    return parsed.fault === undefined ? { start: match.index, parsed } : undefined
  }
  return undefined
}

function endOfReasoning(text: string, name: string, from: number): number {
  const closing = new RegExp(`</${name}>`, 'gi')
  closing.lastIndex = from
  return closing.exec(text) === null ? text.length : closing.lastIndex
}

/** What stands around the documents and looks like a part of one. */
function leftoverOf(text: string, found: readonly Document[]): Fault | undefined {
  for (const [index, document] of found.entries()) {
    const from = document.parsed.end
    const to = found[index + 1]?.start ?? text.length
    if (isDigit(text.charCodeAt(from))) return outside(from)
    const gap = text.slice(from, Math.min(to, from + 4000))
    // Brackets too many directly behind a document close nothing and hide nothing.
    const rest = gap.replace(/^[\s}\])]+/, '')
    const looksLikeData =
      /^[,:;]?[ \t]*["'“][^"'”\n]+["'”]|^[ \t]*["“][^"”\n]*["”][ \t]*:|[}\]]/m.test(rest)
    if (looksLikeData) return outside(from)
  }
  return undefined
}

function outside(at: number): Fault {
  return { cause: 'syntax', at, message: 'there is data outside the brackets' }
}

function hostile(at: number): Fault {
  return {
    cause: 'hostile',
    at,
    message: 'the text nests too deep or has too many broken documents',
  }
}
