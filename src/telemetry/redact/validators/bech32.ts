const alphabet = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
const generators = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3]
/** Final constants of bech32 (BIP 173) and bech32m (BIP 350). */
const constants = new Set([1, 0x2bc830a3])

/**
 * True when a token is valid bech32 or bech32m: a readable prefix, `1`, and data with its checksum.
 * Case is not told apart. Cardano exceeds the 90 characters of BIP 173, so length is not limited here.
 */
export function passesBech32(token: string): boolean {
  const lower = token.toLowerCase()
  const separator = lower.lastIndexOf('1')
  if (separator < 1 || lower.length - separator < 7) return false
  const prefix = [...lower.slice(0, separator)].map((character) => character.charCodeAt(0))
  const data = [...lower.slice(separator + 1)].map((character) => alphabet.indexOf(character))
  if (data.includes(-1)) return false
  return constants.has(
    polymod([...prefix.map((code) => code >> 5), 0, ...prefix.map((code) => code & 31), ...data]),
  )
}

function polymod(values: readonly number[]): number {
  let check = 1
  for (const value of values) {
    const top = check >> 25
    check = ((check & 0x1ffffff) << 5) ^ value
    for (let bit = 0; bit < 5; bit++) {
      if ((top >> bit) & 1) check ^= generators[bit] ?? 0
    }
  }
  return check
}
