import { createHash } from 'node:crypto'

const bitcoinAlphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
const rippleAlphabet = 'rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz'
/** An extended private key (`xprv…`) has 111 characters; longer tokens are not decoded. */
const longest = 112

/** Decodes base 58 in the Bitcoin alphabet; undefined when a character is foreign or it is too long. */
export function decodeBase58(text: string, alphabet = bitcoinAlphabet): Uint8Array | undefined {
  if (text.length > longest) return undefined
  const bytes: number[] = []
  for (const character of text) {
    let carry = alphabet.indexOf(character)
    if (carry < 0) return undefined
    for (let index = 0; index < bytes.length; index++) {
      carry += (bytes[index] ?? 0) * 58
      bytes[index] = carry & 0xff
      carry >>= 8
    }
    while (carry > 0) {
      bytes.push(carry & 0xff)
      carry >>= 8
    }
  }
  for (let index = 0; text[index] === alphabet[0] && index < text.length - 1; index++) bytes.push(0)
  return Uint8Array.from(bytes.reverse())
}

/**
 * True when the token carries a valid Base58Check sum (double SHA-256, four bytes) in the alphabet of
 * Bitcoin or of Ripple. A random token passes once in 2³²; no other evidence is needed.
 */
export function passesBase58Check(token: string): boolean {
  return (
    hasChecksum(decodeBase58(token)) ||
    (token.startsWith('r') && hasChecksum(decodeBase58(token, rippleAlphabet)))
  )
}

function hasChecksum(bytes: Uint8Array | undefined): boolean {
  if (!bytes || bytes.length < 21) return false
  const payload = bytes.subarray(0, -4)
  const sum = sha256(sha256(payload)).subarray(0, 4)
  return sum.equals(bytes.subarray(-4))
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}
