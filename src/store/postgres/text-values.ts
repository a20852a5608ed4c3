/**
 * Texts in Postgres hold every character but U+0000, which a text of ours may well hold. It is stored
 * as U+0001 and a digit, and so is U+0001 itself, so that every text comes back as it was. JSON texts
 * hold neither raw, and are stored as they are.
 */

export function toPostgresText(text: string): string {
  return text.replaceAll('\u0001', '\u00011').replaceAll('\0', '\u00010')
}

export function fromPostgresText(text: string): string {
  if (!text.includes('\u0001')) return text
  return text.replaceAll('\u00010', '\0').replaceAll('\u00011', '\u0001')
}

/** Parses JSON that Postgres made of columns; the texts in it are as they were stored. */
export function parsePostgresJson(json: string): unknown {
  // In JSON the character is written out, so that most texts need no second look at each value.
  if (!json.includes('\\u0001')) return JSON.parse(json)
  return JSON.parse(json, (_key, value: unknown) =>
    typeof value === 'string' ? fromPostgresText(value) : value,
  )
}
