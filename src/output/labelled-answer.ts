import { closesQuote, isQuote } from './characters.ts'
import { decodeEscapes } from './escapes.ts'
import type { ArrayNode, Member, Node, ObjectNode } from './node.ts'

/**
 * Data that is written as labelled lines: YAML, or a list in Markdown.
 *
 * A small part of YAML is read (mappings, lists, plain and quoted scalars, block scalars), nested by
 * indentation, with an explicit stack. Every line has to belong to it; a line that does not is prose,
 * and prose is allowed only in front.
 */

interface Line {
  readonly indent: number
  /** The indentation of what stands behind the bullet. */
  readonly inner: number
  readonly isBullet: boolean
  readonly key: string | undefined
  readonly value: string
  readonly at: number
}

interface Level {
  readonly indent: number
  readonly node: ObjectNode | ArrayNode
}

/** More lines than this are a document of another kind. */
const mostLines = 2000
const longest = 100_000
const bullet = /^(?:[-*•+]|\d{1,3}[.)])\s+/
const label =
  /^(?:\*\*|__|`)?(["']?)([\p{L}_$][\p{L}\p{N} _./$-]{0,60}?)\1(?:\*\*|__|`)?(?:\s*(?::|=(?!=))(?:\*\*|__)?(?:\s+|$)|(?<=^[\w.-]{1,60})=(?!=))/u

/** The tree of labelled lines, or undefined where the text is something else. */
export function parseLabelled(text: string, maxDepth: number): Node | undefined {
  const lines = withoutIntroduction(linesOf(text))
  if (lines.length === 0) return undefined
  const isList = lines[0]?.isBullet === true
  const root: ObjectNode | ArrayNode = isList ? listAt(0) : mapAt(0)
  const levels: Level[] = [{ indent: lines[0]?.indent ?? 0, node: root }]
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] as Line
    while (levels.length > 1 && hasEnded(levels.at(-1) as Level, line)) levels.pop()
    const level = levels.at(-1) as Level
    if (line.indent !== level.indent) return undefined
    const used = line.isBullet
      ? addItem(levels, level, line, lines[index + 1])
      : addMember(levels, level, line, lines, index)
    if (used === undefined || levels.length > maxDepth) return undefined
    index += used
  }
  return root
}

/** Bullets that each name one property are the properties of one object. */
export function mergeSingles(node: Node): ObjectNode | undefined {
  if (node.kind !== 'array') return undefined
  const members: Member[] = []
  for (const item of node.items) {
    if (item.kind !== 'object' || item.members.length !== 1) return undefined
    members.push(...item.members)
  }
  if (new Set(members.map((member) => member.key)).size !== members.length) return undefined
  return { kind: 'object', start: node.start, end: node.end, members }
}

/** Adds a list item, and opens a level for what it holds. The lines used beyond its own. */
function addItem(
  levels: Level[],
  level: Level,
  line: Line,
  next: Line | undefined,
): number | undefined {
  if (level.node.kind !== 'array') return undefined
  if (line.key === undefined) {
    if (line.value === '') return undefined
    level.node.items.push(scalarOf(line.value, line.at))
    return 0
  }
  const map = mapAt(line.at)
  level.node.items.push(map)
  const inside: Level = { indent: line.inner, node: map }
  levels.push(inside)
  return addPair(levels, inside, line, next)
}

function addMember(
  levels: Level[],
  level: Level,
  line: Line,
  lines: readonly Line[],
  index: number,
): number | undefined {
  if (line.key === undefined || level.node.kind !== 'object') return undefined
  if (/^[|>][+-]?$/.test(line.value)) return addBlock(level.node, line, lines, index)
  return addPair(levels, level, line, lines[index + 1])
}

function addPair(
  levels: Level[],
  level: Level,
  line: Line,
  next: Line | undefined,
): number | undefined {
  const { node } = level
  if (line.key === undefined || node.kind !== 'object') return undefined
  if (line.value !== '') {
    const value = flowList(line.value, line.at) ?? scalarOf(line.value, line.at)
    node.members.push({ key: line.key, value })
    return 0
  }
  const isNested =
    next !== undefined &&
    (next.indent > level.indent || (next.isBullet && next.indent === level.indent))
  if (!isNested) return undefined
  const child = next.isBullet ? listAt(line.at) : mapAt(line.at)
  node.members.push({ key: line.key, value: child })
  levels.push({ indent: next.indent, node: child })
  return 0
}

/** A block scalar: the lines that are indented deeper than its key. */
function addBlock(
  node: ObjectNode,
  line: Line,
  lines: readonly Line[],
  index: number,
): number | undefined {
  const taken: string[] = []
  for (let next = index + 1; next < lines.length; next++) {
    const one = lines[next] as Line
    if (one.indent <= line.indent || one.key !== undefined || one.isBullet) break
    taken.push(one.value)
  }
  if (taken.length === 0) return undefined
  const text = taken.join(line.value.startsWith('|') ? '\n' : ' ')
  node.members.push({
    key: line.key as string,
    value: { kind: 'string', text, start: line.at, end: line.at },
  })
  return taken.length
}

/** Whether a level ends before this line; a list may stand at the indentation of its key. */
function hasEnded(level: Level, line: Line): boolean {
  if (line.indent !== level.indent) return line.indent < level.indent
  return level.node.kind === 'array' && !line.isBullet
}

/** `Of course:` in front of labels is prose. */
function withoutIntroduction(lines: readonly Line[] = []): readonly Line[] {
  const [first, second] = lines
  const isTitle = first?.key !== undefined && first.value === '' && !first.isBullet
  const isFlat = second !== undefined && second.indent === first?.indent && !second.isBullet
  return isTitle && isFlat ? lines.slice(1) : lines
}

function linesOf(text: string): readonly Line[] | undefined {
  if (text.length > longest) return undefined
  const rows = text.split('\n')
  if (rows.length > mostLines) return undefined
  const lines: Line[] = []
  let at = 0
  let isAfterBlock = false
  for (const row of rows) {
    const start = at
    at += row.length + 1
    if (row.trim() === '' || row.trim() === '---' || /^\s*#/.test(row)) continue
    const line = lineOf(row, start)
    const isData = line.key !== undefined || line.isBullet
    if (isData || isAfterBlock) lines.push(line)
    else if (lines.length > 0) return undefined
    isAfterBlock = (isData && /^[|>][+-]?$/.test(line.value)) || (isAfterBlock && !isData)
  }
  return lines
}

function lineOf(row: string, at: number): Line {
  const indent = row.length - row.trimStart().length
  const body = row.trim()
  const mark = bullet.exec(body)
  const rest = mark === null ? body : body.slice(mark[0].length)
  const found = label.exec(rest)
  const value = found === null ? rest : rest.slice(found[0].length)
  return {
    indent,
    inner: indent + (mark?.[0].length ?? 0),
    isBullet: mark !== null,
    key: found?.[2]?.trim(),
    value: value.trim(),
    at: at + indent,
  }
}

/** `[x, "y, z"]`, a list of scalars on one line; anything deeper is not YAML that models write. */
function flowList(value: string, at: number): ArrayNode | undefined {
  const inside = /^\[([^[\]{}]*)\]$/.exec(value)?.[1]?.trim()
  if (inside === undefined) return undefined
  const list = listAt(at)
  if (inside === '') return list
  let end = 0
  for (const match of inside.matchAll(flowItem)) {
    if (match.index !== end) return undefined
    end += match[0].length
    list.items.push(scalarOf((match[1] ?? '').trim(), at))
  }
  return end === inside.length && !inside.endsWith(',') ? list : undefined
}

const flowItem = /\s*("(?:[^"\\]|\\.)*"|'[^']*'|[^\s,"'][^,"']*)\s*(?:,|$)/g

function scalarOf(value: string, at: number): Node {
  const span = { start: at, end: at + value.length }
  const open = value.charCodeAt(0)
  if (value.length > 1 && isQuote(open) && closesQuote(open, value.charCodeAt(value.length - 1))) {
    return { kind: 'string', text: decodeEscapes(value.slice(1, -1)).text, ...span }
  }
  const comment = value.indexOf(' # ')
  const text = (comment < 0 ? value : value.slice(0, comment).trimEnd()).replace(
    /^(\*\*|__)(.*)\1$/,
    '$2',
  )
  return { kind: 'bare', text: text === '~' ? 'null' : text, ...span }
}

function mapAt(at: number): ObjectNode {
  return { kind: 'object', start: at, end: at, members: [] }
}

function listAt(at: number): ArrayNode {
  return { kind: 'array', start: at, end: at, items: [] }
}
