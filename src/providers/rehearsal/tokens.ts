/**
 * The rehearsal's own tokenizer: a token is a piece of at most four characters of a word, with the
 * white space before it. That gives about a token for four characters, as the vendors' tokenizers do
 * for English; it is nobody's tokenizer, and counts of it mean nothing to a vendor.
 */
export function tokensOf(text: string): string[] {
  return text.match(/\s*\S{1,4}|\s+/gu) ?? []
}

export function countTokens(text: string): number {
  return tokensOf(text).length
}
