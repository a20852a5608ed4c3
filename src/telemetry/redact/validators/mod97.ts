/**
 * ISO 7064 MOD 97-10 as ISO 13616 applies it to an IBAN: the first four characters moved to the end,
 * letters read as 10–35, the whole number leaves 1 when divided by 97.
 *
 * @param iban letters (either case) and digits without separators
 */
export function passesMod97(iban: string): boolean {
  let remainder = 0
  for (let index = 0; index < iban.length; index++) {
    const code = iban.charCodeAt((index + 4) % iban.length)
    const value = code < 0x3a ? code - 0x30 : (code | 0x20) - 0x57
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97
  }
  return remainder === 1
}
