import type { SequencedEvent } from '../store/event-store.ts'
import { maxFrameChars } from './live-limits.ts'

const texts = new WeakMap<SequencedEvent, string>()

/**
 * An event as JSON text, the same over WebSocket and SSE: `{"seq":7,"atMs":…,"event":{…}}`. Written
 * once for all who read it now, since with a thousand readers the serialising is most of the work.
 */
export function wireText(event: SequencedEvent): string {
  const known = texts.get(event)
  if (known !== undefined) return known
  const text = JSON.stringify(event)
  texts.set(event, text)
  return text
}

/**
 * A lot of events in parts that are sent one at a time: of at most `maxFrameChars` each, or of one
 * event that is larger. So a reader that has fallen behind is not sent megabytes at once.
 */
export function* inFrames(events: readonly SequencedEvent[]): Generator<SequencedEvent[]> {
  let frame: SequencedEvent[] = []
  let size = 0
  for (const event of events) {
    const added = wireText(event).length
    if (frame.length > 0 && size + added > maxFrameChars) {
      yield frame
      frame = []
      size = 0
    }
    frame.push(event)
    size += added
  }
  if (frame.length > 0) yield frame
}
