export interface TextPart {
  readonly text: string
  /** Matched the pattern over more than the given length. */
  readonly long: boolean
}

/** Cuts out what the pattern matches over more than `length` characters, and leaves the rest whole. */
export function* cutLongRuns(text: string, pattern: RegExp, length: number): Generator<TextPart> {
  let end = 0
  for (const { 0: run, index } of text.matchAll(pattern)) {
    if (run.length <= length) continue
    if (index > end) yield { text: text.slice(end, index), long: false }
    yield { text: run, long: true }
    end = index + run.length
  }
  if (end < text.length) yield { text: end === 0 ? text : text.slice(end), long: false }
}

/** Pieces of at most `length`, one less where the cut would fall inside a surrogate pair. */
export function* slicesOf(run: string, length: number): Generator<string> {
  for (let start = 0; start < run.length; ) {
    const end = Math.min(run.length, start + length)
    const splitsPair = end < run.length && /[\ud800-\udbff]/.test(run.charAt(end - 1))
    yield run.slice(start, splitsPair ? end - 1 : end)
    start = splitsPair ? end - 1 : end
  }
}
