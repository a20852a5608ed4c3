/** Where a piece of a page's text stands on the page, in the page's units, from its top left corner. */
export interface Box {
  /** The piece is `text.slice(start, end)`. */
  readonly start: number
  readonly end: number
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  /** How sure the text recognition is, from 0 to 1; left out where the text was in the file. */
  readonly confidence?: number
}

/** One page as text. A line break ends a line; a tab stands between what is set in columns. */
export interface Page {
  /** From 1. */
  readonly number: number
  readonly text: string
  /** Left out for documents that are not set on pages: theirs are cut by length. */
  readonly size?: { readonly width: number; readonly height: number }
  readonly boxes: readonly Box[]
}

/** Pages that were not read, and why. */
export type Unread = {
  readonly from: number
  readonly to: number
  readonly why: string
}

/** What a reader of files gives, page after page. */
export type Reading = Page | Unread

export type ProblemCode =
  | 'empty'
  | 'unknown-kind'
  | 'password'
  | 'corrupt'
  | 'too-large'
  | 'hostile'
  | 'too-slow'

/** Why a file cannot be read, in words for the person who brought it. */
export type Problem = {
  readonly code: ProblemCode
  readonly message: string
}

/** Thrown by readers for what is wrong with a file; anything else that they throw is their own mistake. */
export class DocumentError extends Error {
  readonly code: ProblemCode

  constructor(code: ProblemCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'DocumentError'
    this.code = code
  }
}
