import type { Detector } from '../detector.ts'

const phrase =
  /[ _-]?(?:phrase|words|seed|recovery phrase)?["']?(?: is| are)?[ :="']{1,4}\n?((?:[a-z]{3,8}[ ,]{1,2}){11,23}[a-z]{3,8})(?![a-z])/y

/** Recovery phrases of wallets (BIP 39: 12–24 words of three to eight letters), where they are named. */
export const seedPhrase: Detector = {
  triggers: ['word'],
  words: ['seed', 'mnemonic', 'recovery', 'phrase', 'passphrase'],
  detect(scan, start, end) {
    phrase.lastIndex = end
    const match = phrase.exec(scan.text)
    const words = match?.[1]
    if (!match || !words || isProse(words)) return
    const last = end + match[0].length
    scan.report('PRIVATE_KEY', last - words.length, last, 'context')
    scan.skipTo(last - words.length > start ? last : end)
  },
}

/** The word list has none of the short words that no sentence can do without. */
function isProse(words: string): boolean {
  return /\b(?:the|and|for|are|you|your|with|that|from|have|must|should|was|were|not|but)\b/.test(
    words,
  )
}
