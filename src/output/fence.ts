/** The fences that Markdown puts around code: three backticks, or three tildes. */

const fence = /^(?:```|~~~)/

/** What stands between the fences, if the whole text is one fenced block; otherwise undefined. */
export function fencedWhole(text: string): string | undefined {
  const body = text.trim()
  const mark = body.slice(0, 3)
  if (!fence.test(mark) || body.length < 6 || !body.endsWith(mark)) return undefined
  const inside = body.slice(3, -3)
  return withoutInfo(inside).trim()
}

/** What stands in the only fenced block of a text, or the text itself. */
export function fencedPart(text: string): string {
  const start = text.indexOf('```')
  const end = start < 0 ? -1 : text.indexOf('```', start + 3)
  if (end < 0 || text.indexOf('```', end + 3) >= 0) return text
  return withoutInfo(text.slice(start + 3, end))
}

/** Without the language that may stand behind the opening fence. */
function withoutInfo(inside: string): string {
  const info = /^[\w+#.-]{0,30}[ \t]{0,30}(?=[\n{["])/.exec(inside)
  return info === null ? inside : inside.slice(info[0].length)
}
