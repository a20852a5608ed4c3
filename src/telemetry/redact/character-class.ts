/** Classes of characters that the scan tells apart. */
export const letter = 1
export const digit = 2
export const sign = 3

/** Codes from here on are looked up by range, not in the tables. */
const tableSize = 0x530
const classes = new Uint8Array(tableSize)
const folded = new Uint16Array(tableSize)

for (let code = 0; code < tableSize; code++) {
  const lower = String.fromCharCode(code).toLowerCase()
  // `İ` becomes two units, which would move every offset after it.
  folded[code] = lower.length === 1 ? lower.charCodeAt(0) : code
}
for (let code = 0x61; code <= 0x7a; code++) {
  classes[code] = letter
  classes[code - 0x20] = letter
}
for (let code = 0x30; code <= 0x39; code++) classes[code] = digit
// Latin with marks, Greek and Cyrillic are letters; scripts without spaces are not.
for (let code = 0xc0; code <= 0x24f; code++) classes[code] = letter
for (let code = 0x370; code < tableSize; code++) classes[code] = letter
for (const character of '@:=+(-') classes[character.charCodeAt(0)] = sign

/** `letter`, `digit`, `sign` (may start a value), or 0. */
export function classOf(code: number): number {
  if (code < tableSize) return classes[code] ?? 0
  return code >= 0x1e00 && code <= 0x1eff ? letter : 0
}

/** The lower-case code of a Latin, Greek or Cyrillic capital; other codes stay. */
export function foldCode(code: number): number {
  return code < tableSize ? (folded[code] ?? code) : code
}

/** True for an ASCII digit. */
export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

/** True for a letter or digit in the sense of the scan. */
export function isAlphanumeric(code: number): boolean {
  const kind = classOf(code)
  return kind === letter || kind === digit
}
