export interface SseMessage {
  /** The newest id of the stream; empty before the first. */
  readonly id: string
  /** Empty where only an id was sent. */
  readonly data: string
}

/**
 * Reads server-sent events out of text that comes in pieces, as far as this client needs them: the
 * id and the data of each event. Field names, line ends and comments as in the HTML standard, section
 * 9.2.6; beside events, a new id alone is told too.
 */
export function createSseParser(): (piece: string) => SseMessage[] {
  let rest = ''
  let id = ''
  let isNewId = false
  let data: string[] = []

  return (piece) => {
    const complete: SseMessage[] = []
    const lines = (rest + piece).split(/\r\n|\n|\r(?!$)/)
    // The last line is not over yet; a CR at its end may be half of a CRLF.
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0 || isNewId) complete.push({ id, data: data.join('\n') })
        data = []
        isNewId = false
      } else if (line.startsWith('data:')) {
        data.push(fieldValue(line, 'data:'))
      } else if (line.startsWith('id:')) {
        id = fieldValue(line, 'id:')
        isNewId = true
      }
    }
    return complete
  }
}

/** One space after the colon does not count. */
function fieldValue(line: string, field: string): string {
  return line.slice(line.startsWith(`${field} `) ? field.length + 1 : field.length)
}
