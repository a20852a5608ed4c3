import type { RuleName } from './rule-names.ts'
import { decodeEntities } from './xml-answer.ts'

/** Texts of which every line or mark was rewritten on the way: in a table, a mail, a page, by an editor. */

/** The document in a field as tables write it, `"{""a"": 1}"`, where a quote is doubled. */
export function unquotedField(text: string): string | undefined {
  const body = text.trim()
  const begins = /^"\s{0,40}[{[]\s{0,40}""/.test(body)
  if (!begins || !/[}\]]\s{0,40}"$/.test(body.slice(-50))) return undefined
  return body.slice(1, -1).replaceAll('""', '"')
}

/** The text of a quotation as mails and Markdown have it, each line behind `>`. */
function unquotedLines(text: string): string | undefined {
  if (!/^\s{0,40}>/.test(text)) return undefined
  const lines = text.split('\n').map((line) => line.trim())
  if (!lines.every((line) => line === '' || line.startsWith('>'))) return undefined
  return lines.map((line) => line.slice(1)).join('\n')
}

/** The text of a listing, each line behind its number: `1: {`, `2 |   "a": 1`. */
function unnumberedLines(text: string): string | undefined {
  if (!/^\s{0,40}[01]\s?[:|]\s/.test(text)) return undefined
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const first = Number.parseInt(lines[0] ?? '', 10)
  const bodies: string[] = []
  for (const [index, line] of lines.entries()) {
    const match = numbered.exec(line)
    if (match?.[1] === undefined || Number(match[1]) !== first + index) return undefined
    bodies.push(line.slice(match[0].length))
  }
  return bodies.join('\n')
}

const numbered = /^\s{0,40}(\d{1,6})\s?[:|](?:\s|$)/

/** The same text with its marks as JSON writes them, where an editor or a page turned them. */
export function* otherSpellings(text: string): Generator<[rule: RuleName, text: string]> {
  const lines = unquotedLines(text) ?? unnumberedLines(text)
  if (lines !== undefined) yield ['surrounding-text', lines]
  if (/&(?:quot|#34|#x22);/.test(text) && !text.includes('"'))
    yield ['html-entities', decodeEntities(text)]
  if (/[\uff1a\uff0c\uff5b\uff3b]/.test(text)) {
    const ascii = text
      .replace(/(?<=["”'’}\]\d\w])\s?\uff1a(?=\s*[-"“'‘{[\d\w\uff5b\uff3b])/g, ':')
      .replace(/(?<=["”'’}\]\d\w\uff5d\uff3d])\s?\uff0c(?=\s*["“'‘{[\uff5b\uff3b])/g, ',')
      .replace(
        /[\uff5b\uff5d\uff3b\uff3d]/g,
        (mark) => '{}[]'['\uff5b\uff5d\uff3b\uff3d'.indexOf(mark)] ?? mark,
      )
    yield ['full-width-marks', ascii]
  }
}
