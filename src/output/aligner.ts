import type { Node } from './node.ts'
import { sourceOf } from './plain-value.ts'
import type { Match, Reading } from './reading.ts'
import { changed, rankOf, worse } from './reading.ts'
import type { RuleName } from './rule-names.ts'
import type { ChangeClass, Path } from './verdict.ts'
import type { View } from './view.ts'

/** What the rules of alignment know of the reading they are part of. */
export interface Aligner {
  readonly text: string
  readonly options: AlignOptions
  /** Where in the value the reading is; pushed and popped while descending. */
  readonly path: (string | number)[]
  /** How many changes were recorded so far, those of readings that were dropped included. */
  recorded: number
  /** `unwrapped` counts the wrappers taken off on the way to this node. */
  align(node: Node, view: View, unwrapped?: number): Reading
}

export interface AlignOptions {
  readonly unknownKeys: 'strip' | 'refuse'
  /** Reads the document inside a string; undefined where the string holds none. */
  readonly readInner: (text: string, view: View, path: Path) => Reading | undefined
}

/** Behind this many changes they are no longer described; the rank still counts them. */
export const mostRecorded = 20_000

/** The reading with the change that led to it. */
export function record(
  aligner: Aligner,
  node: Node,
  reading: Match,
  rule: RuleName,
  kind: ChangeClass,
): Match {
  if (++aligner.recorded > mostRecorded) {
    return { ...reading, rank: worse(reading.rank, rankOf(kind)) }
  }
  return changed(reading, {
    path: aligner.path.slice(),
    rule,
    class: kind,
    before: sourceOf(aligner.text, node),
    after: reading.value,
  })
}
