/** Shannon entropy of the characters of a token, in bits per character; at most 7 for ASCII. */
export function bitsPerCharacter(token: string): number {
  const counts = new Map<string, number>()
  for (const character of token) counts.set(character, (counts.get(character) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) {
    const share = count / token.length
    bits -= share * Math.log2(share)
  }
  return bits
}

/** How many of the classes lower case, upper case and digits occur. */
export function characterClasses(token: string): number {
  return Number(/[a-z]/.test(token)) + Number(/[A-Z]/.test(token)) + Number(/\d/.test(token))
}

/**
 * True for a token that looks drawn at random: long enough, digits among letters (or capitals in no
 * order), and spread over its alphabet. 2.8 bits suit 16 hexadecimal digits (at most 4 bits); 20 random
 * letters and digits have about 4.
 */
export function looksRandom(token: string, shortest = 16): boolean {
  if (token.length < shortest || characterClasses(token) < 2) return false
  if (!/\d/.test(token) && !isScrambled(token)) return false
  return bitsPerCharacter(token.slice(0, 128)) >= 2.8
}

/** Of random letters every second is a capital, of those in `camelCaseNames` every fourth. */
function isScrambled(token: string): boolean {
  const share = (token.match(/[A-Z]/g)?.length ?? 0) / token.length
  return token.length >= 20 && share > 0.33 && share < 0.7
}
