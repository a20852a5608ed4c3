/**
 * Reads server-sent events out of text that comes in pieces, as far as this client needs them: the
 * data of each event. Field names, line ends and comments as in the HTML standard, section 9.2.6.
 */
export function createSseParser(): (piece: string) => string[] {
  let rest = ''
  let data: string[] = []

  return (piece) => {
    const complete: string[] = []
    const lines = (rest + piece).split(/\r\n|\n|\r(?!$)/)
    // The last line is not over yet; a CR at its end may be half of a CRLF.
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) complete.push(data.join('\n'))
        data = []
      } else if (line.startsWith('data:')) {
        data.push(line.slice(line.startsWith('data: ') ? 6 : 5))
      }
    }
    return complete
  }
}
