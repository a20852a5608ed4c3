import type { Detector } from '../detector.ts'
import { characterClasses, looksRandom } from '../validators/entropy.ts'
import { type ProviderKey, providerKeys } from './api-key-providers.ts'

const byFirstTwo = new Map<string, ProviderKey[]>()
for (const entry of providerKeys) {
  for (const pair of new Set(entry.prefixes.map((prefix) => prefix.slice(0, 2)))) {
    byFirstTwo.set(pair, [...(byFirstTwo.get(pair) ?? []), entry])
  }
}

/** Keys that carry a provider's prefix, wherever they stand. */
export const apiKey: Detector = {
  triggers: ['prefix'],
  prefixes: providerKeys.flatMap((entry) => entry.prefixes).filter((prefix) => prefix.length > 1),
  detect(scan, start) {
    // In a chain of hyphens only the first word can start a key, or `sk-sk-sk-…` would be read again and again.
    if (scan.text[start - 1] === '-') return
    for (const { form } of byFirstTwo.get(scan.text.slice(start, start + 2)) ?? []) {
      form.lastIndex = start
      const match = form.exec(scan.text)?.[0].replace(/[.-]+$/, '')
      if (!match || !isDrawn(match)) continue
      scan.report('API_KEY', start, start + match.length, 'check')
      scan.skipTo(start + match.length)
      return
    }
  },
}

/** Words with hyphens fit some forms too (`sk-learn-compatible-api`); keys have digits and a spread. */
function isDrawn(token: string): boolean {
  return looksRandom(token, 12) || (characterClasses(token) === 2 && token.length > 30)
}
