/** What an answer of that name says: as many different words, so that none can be lost unseen. */
export function storyOf(name: string, tokens: number): string {
  return Array.from({ length: tokens }, (_, index) => `${name}-${index}`).join(' ')
}
