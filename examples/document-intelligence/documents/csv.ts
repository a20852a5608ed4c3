/** Rows as CSV by RFC 4180, with the mark by which Excel knows that it is UTF-8. */
export function toCsv(rows: readonly (readonly string[])[]): string {
  const lines = rows.map((row) => row.map(cellOf).join(','))
  return `\ufeff${lines.join('\r\n')}\r\n`
}

/** A cell that a spreadsheet would run as a formula is marked as text; a negative number is none. */
function cellOf(text: string): string {
  const isFormula = /^[=+@\t\r]|^-(?![\d.,\s]*$)/.test(text)
  const safe = isFormula ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
