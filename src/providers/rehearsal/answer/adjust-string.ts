import type { JsonSchema } from '../../../model/message.ts'
import type { Filled } from './fill-number.ts'
import { capitalise, shorten } from './text.ts'

/** A text that has the form which a schema asks for, and says nothing. */
export function sampleOf({ format }: JsonSchema): Filled<string> | undefined {
  const samples: Readonly<Record<string, string>> = {
    date: '1970-01-01',
    'date-time': '1970-01-01T00:00:00Z',
    time: '00:00:00Z',
    email: 'unknown@example.com',
    uri: 'https://example.com',
    uuid: '00000000-0000-4000-8000-000000000000',
  }
  const sample =
    typeof format === 'string' && Object.hasOwn(samples, format) ? samples[format] : undefined
  return sample === undefined ? undefined : { value: sample, found: false }
}

/** Makes a text keep to the lengths, the format and, where a usual form of it does, the pattern. */
export function adjustString(
  { value, found: isFound }: Filled<string>,
  schema: JsonSchema,
): Filled<string> {
  const { minLength, maxLength, pattern, format } = schema
  const text = toLength(value, minLength, maxLength)
  const sample = sampleOf({ format })
  if (sample && !fitsFormat(text, String(format))) return sample
  return { value: typeof pattern === 'string' ? toPattern(text, pattern) : text, found: isFound }
}

/** JSON Schema counts code points. */
function toLength(value: string, least: unknown, most: unknown): string {
  const points = [...(typeof most === 'number' ? shorten(value, most) : value)]
  while (typeof least === 'number' && points.length < least)
    points.push(...(points.length === 0 ? '-' : ' '), ...points)
  return points.slice(0, typeof most === 'number' ? most : points.length).join('')
}

function fitsFormat(text: string, format: string): boolean {
  if (format === 'date') return /^\d{4}-\d{2}-\d{2}$/.test(text)
  if (format === 'date-time') return /^\d{4}-\d{2}-\d{2}T/.test(text)
  if (format === 'email') return text.includes('@')
  if (format === 'uri') return URL.canParse(text)
  return format !== 'uuid'
}

function toPattern(text: string, pattern: string): string {
  let expression: RegExp
  try {
    expression = new RegExp(pattern, 'u')
  } catch {
    // A pattern that is no regular expression binds nobody.
    return text
  }
  const slug = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
  const letters = slug.replaceAll(/[^a-z]/g, '')
  const forms = [
    ...[text, slug, letters, `/${slug}`, slug.toUpperCase(), letters.toUpperCase()],
    ...[letters.slice(0, 3).toUpperCase(), letters.slice(0, 2), capitalise(letters)],
    ...['1', '12', '123', '1234', '2026-01-01', 'a', 'ab', 'abc', 'A', 'AB', 'ABC', 'a1', 'A-1'],
  ]
  return forms.find((form) => expression.test(form)) ?? text
}
