/** Something that is not in the context as it was said, and why. */
export interface LeftOut {
  readonly kind: LeftOutKind
  /** How many turns it concerns. */
  readonly turns: number
  readonly fromSeq?: number
  readonly toSeq?: number
}

/**
 * - `older-turns`: before the window; in the summary or found by recall
 * - `tool-result`: an older result that is too long, replaced by a note of its length
 * - `recalled-turns`: found, but there was no room
 * - `summary`: longer than its share of the room
 * - `state`: what `project` returned did not fit
 * - `interrupted-call`: a tool call that has no result was given one that says so
 * - `orphan-result`: a tool result whose call is not there
 * - `empty-message`: a message without any text
 */
type LeftOutKind =
  | 'older-turns'
  | 'tool-result'
  | 'recalled-turns'
  | 'summary'
  | 'state'
  | 'interrupted-call'
  | 'orphan-result'
  | 'empty-message'
