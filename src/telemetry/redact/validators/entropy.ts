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
 * True for a token that looks drawn at random: long enough, digits among letters, and spread over its
 * alphabet. 2.8 bits suit 16 hexadecimal digits (at most 4 bits); 20 random letters and digits have ~4.
 */
export function looksRandom(token: string, shortest = 16): boolean {
  if (token.length < shortest) return false
  if (characterClasses(token) < 2 || !/\d/.test(token)) return false
  return bitsPerCharacter(token.slice(0, 128)) >= 2.8
}
