/** Words, sentences and the like of English text, as far as a rehearsal needs them. */

const stopWords = new Set(
  `a an the and or but if so as of to in on at by for from with without into about over under than
  then that this these those there here it its is are was were be been being am do does did done has
  have had will would can could should shall may might must not no yes i me my we us our you your he
  she they them their what which who whom whose when where why how please thanks thank hello hi hey
  just also very too some any all more most much many such only own same s t re ve ll m d want need
  like get got got make made let know tell give using used use per up out ok okay hurry wondering`.split(
    /\s+/,
  ),
)

/** Lower-case words of letters and digits. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+(?:['’][\p{L}]+)?/gu) ?? []
}

/** The words of a name such as `invoiceNumber` or `due_date`. */
export function nameWords(name: string): string[] {
  return wordsOf(name.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').replaceAll(/[_\-./]/g, ' '))
}

/** Cuts a word down to what its forms have in common, roughly: `swapping` and `swaps` to `swap`. */
export function stem(word: string): string {
  if (word.length <= 3) return word
  const bare = word.replace(/(ing|ed|ies|es|s|ly|y|e)$/, '')
  const single = bare.replace(/([bdgklmnprt])\1$/, '$1').replace(/e$/, '')
  return single.length < 3 ? word : single
}

/** The words that carry the meaning, most frequent first, in the order of the text where equal. */
export function keywordsOf(text: string, most = 8): string[] {
  const counts = new Map<string, number>()
  for (const word of wordsOf(text)) {
    if (word.length < 3 || stopWords.has(word) || /^\d+$/.test(word)) continue
    counts.set(word, (counts.get(word) ?? 0) + 1)
  }
  return [...counts]
    .sort((one, other) => other[1] - one[1])
    .slice(0, most)
    .map(([word]) => word)
}

/** The sentences of a text, white space joined; lines of a list count as sentences. */
export function sentencesOf(text: string): string[] {
  return text
    .split(/\n+/)
    .flatMap((line) => line.match(/.+?(?:[.!?]+(?=\s|$)|$)/g) ?? [])
    .map((sentence) =>
      sentence
        .replace(/^[\s>*#•-]+/, '')
        .replaceAll(/\s+/g, ' ')
        .trim(),
    )
    .filter((sentence) => wordsOf(sentence).length > 0)
}

/** Joins the lines of a paragraph that was broken to fit a page; rows of tables and headings stay lines. */
export function unwrap(text: string): string {
  return text.replaceAll(/\n(?<=^[^\t\n]{60,}[^.!?:\t\n]\n)(?=[^\t\n]+$)/gm, ' ')
}

/** How much of the meaning of `words` a text has, from 0 to 1. */
export function overlap(words: readonly string[], text: string): number {
  if (words.length === 0) return 0
  const stems = new Set(wordsOf(text).map(stem))
  return words.filter((word) => stems.has(stem(word))).length / words.length
}

/** Cuts a text to a length at the end of a sentence or at least of a word. */
export function shorten(text: string, most: number): string {
  if (text.length <= most) return text
  const head = text.slice(0, most)
  const sentence = head.search(/[.!?][^.!?]*$/)
  if (sentence > most / 2) return head.slice(0, sentence + 1)
  const word = head.lastIndexOf(' ')
  return word > 0 ? head.slice(0, word) : head
}

export function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** `a`, `a and b`, `a, b and c`. */
export function listOf(items: readonly string[]): string {
  if (items.length < 2) return items.join('')
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}
