/**
 * Finds where the document of a streamed answer begins: behind the reasoning, the prose and the
 * fence. Each character is looked at once; a tag that arrives in two pieces is waited for.
 */
export class StreamStart {
  private readonly opener: string
  private tag = ''
  private reasoning = ''
  private previous = ''
  /** Characters of `{name}` in a sentence that were skipped; -1 outside of such a bracket. */
  private skipped = -1
  /** A document of another kind began: what it holds is not the answer's own. */
  private isLost = false

  /** `opener` is the bracket that the schema wants. */
  constructor(opener: '{' | '[') {
    this.opener = opener
  }

  /** The place of the opening bracket, or -1 where it has not come yet. */
  find(text: string, from: number): number {
    for (let at = from; at < text.length && !this.isLost; at++) {
      const mark = text.charAt(at)
      if (this.skipped >= 0) this.readBracket(mark)
      else if (mark === '<') this.tag = '<'
      else if (this.tag !== '') this.readTag(mark)
      else if (this.reasoning !== '') continue
      else if (mark === this.opener) return at
      // A key without braces around it, or an object where a list is wanted.
      else if (mark === '{' || (mark === ':' && this.previous === '"')) this.isLost = true
      this.previous = mark
    }
    return -1
  }

  /** The bracket that was found is none of JSON's; `mark` is the character that tells. */
  skipBracket(mark: string): void {
    this.skipped = 0
    this.readBracket(mark)
  }

  /** A name in brackets ends soon; anything that looks like data is a document that is not JSON. */
  private readBracket(mark: string): void {
    if (mark === '}' || mark === ']') this.skipped = -1
    else if (/[\w .-]/.test(mark) && this.skipped < longestName) this.skipped++
    else this.isLost = true
  }

  private readTag(mark: string): void {
    if (mark !== '>') {
      this.tag = this.tag.length < longestTag && /[\w/]/.test(mark) ? this.tag + mark : ''
      return
    }
    const name = this.tag.slice(1).toLowerCase()
    this.tag = ''
    if (name.startsWith('/')) {
      if (name.slice(1) === this.reasoning) this.reasoning = ''
    } else if (this.reasoning === '' && reasoningTags.has(name)) this.reasoning = name
  }
}

const longestTag = 16
const longestName = 60

/** The tags around what a model thinks before it answers. */
export const reasoningTags: ReadonlySet<string> = new Set([
  'think',
  'thinking',
  'thought',
  'thoughts',
  'reasoning',
  'reflection',
  'scratchpad',
  'analysis',
  'antthinking',
])
