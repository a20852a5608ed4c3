import { genAi } from '../model/conventions.ts'
import type { PriceTable } from '../model/price.ts'
import type { Capture } from './capture.ts'
import { contentAttributes } from './otel/content-events.ts'
import type { ReaderRules } from './otel/presets.ts'
import { contentForSpan } from './otel/span-content.ts'
import { toRecord } from './span-record.ts'
import type { EndedSpan } from './trace-recorder.ts'

export interface FinishOptions {
  readonly reader: ReaderRules
  readonly prices: PriceTable
  readonly capture: Capture
}

/** Sets on the exported span what is known at its end alone: names of its reader's, and contents. */
export function finishSpan(span: EndedSpan, { reader, prices, capture }: FinishOptions): void {
  const { bridged } = span
  if (!bridged?.isRecording) return
  // A span above this one bears usage and contents of the request already.
  if (bridged.isCovered && span.kind === 'client') return
  bridged.set({ ...reader.aliases(toRecord(span, {}), prices) })
  if (reader.content !== 'span' || span.kind !== 'client') return
  const { maxAttributeBytes } = reader
  const content: Record<string, unknown> = {}
  for (const name of [genAi.inputMessages, genAi.outputMessages]) {
    const raw = span.rawContent[name]
    if (raw !== undefined) content[name] = contentForSpan(raw, maxAttributeBytes, capture)
  }
  bridged.set(contentAttributes(toRecord(span, content), maxAttributeBytes))
}
