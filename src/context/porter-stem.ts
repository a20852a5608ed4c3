/**
 * The stem of an English word by M. F. Porter, "An algorithm for suffix stripping" (1980), with the two
 * changes of his own program, so that `planned`, `planning` and `plans` meet. Works on lower-case words of ASCII letters.
 */
export function porterStem(word: string): string {
  if (word.length < 3) return word
  let stem = stripPlural(word)
  stem = stripPast(stem)
  if (stem.endsWith('y') && hasVowel(stem.slice(0, -1))) stem = `${stem.slice(0, -1)}i`
  stem = replaceSuffix(stem, longSuffixes, 0)
  stem = replaceSuffix(stem, middleSuffixes, 0)
  stem = replaceSuffix(stem, lastSuffixes, 1)
  return stripFinal(stem)
}

const longSuffixes = pairs(
  'ational ate, tional tion, enci ence, anci ance, izer ize, bli ble, alli al, entli ent, eli e, ousli ous, ization ize, ation ate, ator ate, alism al, iveness ive, fulness ful, ousness ous, aliti al, iviti ive, biliti ble, logi log',
)
const middleSuffixes = pairs('icate ic, ative, alize al, iciti ic, ical ic, ful, ness')
const lastSuffixes = pairs(
  'al, ance, ence, er, ic, able, ible, ant, ement, ment, ent, ion, ou, ism, ate, iti, ous, ive, ize',
)

function pairs(list: string): readonly (readonly [string, string])[] {
  return list
    .split(', ')
    .map((entry) => entry.split(' '))
    .map(([suffix = '', replacement = '']) => [suffix, replacement] as const)
    .toSorted(([left], [right]) => right.length - left.length)
}

/** The longest suffix that fits decides, whether or not enough of a word is left in front of it. */
function replaceSuffix(
  word: string,
  suffixes: readonly (readonly [string, string])[],
  above: number,
): string {
  for (const [suffix, replacement] of suffixes) {
    if (!word.endsWith(suffix)) continue
    const stem = word.slice(0, word.length - suffix.length)
    if (suffix === 'ion' && !/[st]$/.test(stem)) return word
    return measure(stem) > above ? stem + replacement : word
  }
  return word
}

function stripPlural(word: string): string {
  if (word.endsWith('sses') || word.endsWith('ies')) return word.slice(0, -2)
  return word.endsWith('s') && !word.endsWith('ss') ? word.slice(0, -1) : word
}

function stripPast(word: string): string {
  if (word.endsWith('eed')) return measure(word.slice(0, -3)) > 0 ? word.slice(0, -1) : word
  const suffix = word.endsWith('ed') ? 2 : word.endsWith('ing') ? 3 : 0
  const stem = word.slice(0, word.length - suffix)
  if (suffix === 0 || !hasVowel(stem)) return word
  if (/(at|bl|iz)$/.test(stem)) return `${stem}e`
  if (/([^aeioulsz])\1$/.test(stem)) return stem.slice(0, -1)
  return measure(stem) === 1 && endsShort(stem) ? `${stem}e` : stem
}

function stripFinal(word: string): string {
  let stem = word
  if (stem.endsWith('e')) {
    const shorter = stem.slice(0, -1)
    const syllables = measure(shorter)
    if (syllables > 1 || (syllables === 1 && !endsShort(shorter))) stem = shorter
  }
  return stem.endsWith('ll') && measure(stem) > 1 ? stem.slice(0, -1) : stem
}

/** How many times a vowel is followed by a consonant: Porter's m. */
function measure(stem: string): number {
  let changes = 0
  let vowel = false
  for (let at = 0; at < stem.length; at++) {
    const now = isVowel(stem, at)
    if (vowel && !now) changes++
    vowel = now
  }
  return changes
}

function hasVowel(stem: string): boolean {
  for (let at = 0; at < stem.length; at++) if (isVowel(stem, at)) return true
  return false
}

function isVowel(stem: string, at: number): boolean {
  const letter = stem.charAt(at)
  if (letter === 'y') return at > 0 && !isVowel(stem, at - 1)
  return 'aeiou'.includes(letter)
}

/** Ends consonant, vowel, consonant, the last not w, x or y: `hop`, but not `snow`. */
function endsShort(stem: string): boolean {
  const end = stem.length - 1
  if (end < 2 || 'wxy'.includes(stem.charAt(end))) return false
  return !isVowel(stem, end) && isVowel(stem, end - 1) && !isVowel(stem, end - 2)
}
