import {
  canadianPostcode,
  inAnyCase,
  particle,
  states,
  ukPostcode,
  unitWord,
} from './street-words.ts'

/** What may follow the street and number: unit, postal code, town, state, country. */

const name = "\\p{Lu}[\\p{L}'.-]*"
const place = `${name}(?:[ -](?:${particle} )?${name}){0,3}(?: \\([^)\\n]{2,12}\\))?`
const zip = `(?:[A-Z]{1,2}-)?(?:\\d{5}(?:-\\d{4})?|\\d{2}-\\d{3}|\\d{5}-\\d{3}|\\d{4}(?: [A-Z]{2})?|\\d{3} \\d{2}|\\d{6})(?![\\d-])`
const lineBreak = ',? ?(?:\\n[ \\t>?*|]{0,8}){1,2}'
const comma = `(?:,(?: |${lineBreak.slice(2)})?|${lineBreak}|[ ]?[-–·|][ ])`
const words = `(?:${inAnyCase(unitWord)})`
const unit = `(?:${words}\\.? ?(?:n[°º.] ?|[Nn]o[.:] ?)?#?\\d{1,5}[A-Za-z]?(?:[-/]\\d{1,4})?|#\\d{1,5}(?:[A-Za-z]|-\\d{1,5})?|${words}\\.? [A-Z](?![\\p{L}])|[A-H] \\d{1,3}(?![\\d-])|\\d{1,2}(?:º|ª|er|e|th|nd|st|rd|\\.)? ?(?:izq|dcha|izda|floor|étage|piso|OG|EG|Stock|piętro|ème étage)\\.?)`
const ending = '(?=[ ]?(?:[,.;!?)\\]"\'\\n<]|$))'

const sticky = (source: string): RegExp => new RegExp(source, 'yu')

/** Tried in order; each consumes its separator too. */
const parts: readonly RegExp[] = [
  sticky(`(?:${comma}|[ ])${unit}`),
  sticky(`(?:${comma}|[ ])(?:${place},? )?(?:${states}),? ${zip}`),
  sticky(`(?:${comma}|[ ])(?:${place},? )?(?:${ukPostcode}|${canadianPostcode})(?![\\p{L}\\d])`),
  sticky(`(?:${comma}|[ ])${zip} ${place}`),
  sticky(`${comma}${place},? ${zip}`),
  sticky(`${comma},? ?(?:${states}|\\d{2})(?=[ ,.\\n]|$)`),
  sticky(`${comma}${place}${ending}`),
  sticky(`${comma}${zip}`),
]
/** After a unit the town follows without a comma in many systems' one-line addresses. */
const bare: readonly RegExp[] = [sticky(`[ ]${place}(?: ${zip})?`)]
/** An address typed without capitals goes on without them, up to the end of the line or sentence. */
const lower = sticky(
  `(?:${comma}|[ ])[\\p{Ll}][\\p{Ll}'-]*(?: [\\p{Ll}'-]+){0,4}(?:,? \\d{5}(?!\\d)|${ending})`,
)
const afterUnit = new RegExp(`(?:${words})\\.? ?#?\\d{1,5}[A-Za-z]?$`, 'u')
const closing =
  /^[\s,>?]*(?:thanks?|best|regards|please|cheers|sincerely|phone|tel|mobile|email|e-mail|fax|dear|hi|hello|website|from|date|subject|dob|ssn|call)\b/i
const mostParts = 7

/** Where the address whose street part ends at `end` ends. */
export function endOfAddress(text: string, start: number, end: number): number {
  let last = end
  for (let count = 0; count < mostParts; count++) {
    const length = nextPart(text, start, last)
    if (length === 0) break
    last += length
  }
  return last
}

function nextPart(text: string, start: number, at: number): number {
  if (!/[\s,–·|-]/.test(text.charAt(at))) return 0
  if (closing.test(text.slice(at, at + 20))) return 0
  const forms = afterUnit.test(text.slice(Math.max(start, at - 24), at))
    ? [...parts, ...bare]
    : parts
  for (const form of forms) {
    const length = lengthOf(form, text, at)
    if (length > 0) return length
  }
  const isLower = !/\p{Lu}/u.test(text.slice(start, at))
  return isLower ? lengthOf(lower, text, at) : 0
}

function lengthOf(form: RegExp, text: string, at: number): number {
  form.lastIndex = at
  return form.exec(text)?.[0].length ?? 0
}
