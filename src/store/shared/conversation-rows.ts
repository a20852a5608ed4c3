/** What stands in the rows of conversations, and what may be put there, whichever database holds them. */
import type { Pin, Summary, Turn, WorkingState } from '../../model/conversation.ts'
import { isJsonObject, isMessage } from './json-shapes.ts'
import type { RowReader } from './row-reader.ts'
import { invalidValue } from './store-error.ts'

export function readTurnRow(row: RowReader): Turn {
  return {
    seq: row.number('seq'),
    message: row.json('message', 'a message', isMessage),
    createdAtMs: row.number('created_at_ms'),
    tokens: readTokens(row),
  }
}

export function readSummaryRow(row: RowReader): Summary {
  return {
    fromSeq: row.number('from_seq'),
    toSeq: row.number('to_seq'),
    text: row.text('text'),
    tokens: readTokens(row),
    createdAtMs: row.number('created_at_ms'),
    writtenBy: row.text('written_by'),
  }
}

export function readPinRow(row: RowReader): Pin {
  return { key: row.text('key'), text: row.text('text'), tokens: readTokens(row) }
}

/** From the columns `value` and `version`. */
export function readStateRow(row: RowReader): WorkingState {
  return {
    value: row.json('value', 'a JSON object', isJsonObject),
    version: row.number('version'),
  }
}

/** What a conversation has whose working state was never set. */
export const emptyState: WorkingState = { value: {}, version: 0 }

/** Refuses with INVALID_INPUT a summary whose range is none. */
export function checkRange({ fromSeq, toSeq }: Pick<Summary, 'fromSeq' | 'toSeq'>): void {
  if (Number.isSafeInteger(fromSeq) && fromSeq >= 1 && fromSeq <= toSeq) return
  throw invalidValue('summary', `${fromSeq} to ${toSeq} is not a range of turns`)
}

/** The values of a row of `summaries`, from its conversation on in the order of the table. */
export function summaryValues(
  conversationId: string,
  { fromSeq, toSeq, text, tokens, createdAtMs, writtenBy }: Summary,
): readonly (string | number)[] {
  return [conversationId, fromSeq, toSeq, text, tokens.ascii, tokens.other, createdAtMs, writtenBy]
}

function readTokens(row: RowReader) {
  return { ascii: row.number('ascii_tokens'), other: row.number('other_tokens') }
}
