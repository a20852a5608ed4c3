import type { Detector } from '../detector.ts'

const segments = /eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){1,4}/y
const longestHeader = 2048

/** JSON Web Tokens, signed (three parts), encrypted (five) or unsigned, told by their header. */
export const jsonWebToken: Detector = {
  triggers: ['prefix'],
  prefixes: ['ey'],
  detect(scan, start) {
    // Inside a longer token the same characters would be read again for each of its parts.
    if (/[\w-]/.test(scan.text.charAt(start - 1))) return
    segments.lastIndex = start
    const match = segments.exec(scan.text)?.[0].replace(/\.+$/, (dots) => (dots === '.' ? '.' : ''))
    if (!match) return
    const [header = '', payload = ''] = match.split('.', 2)
    if (payload.length < 8 && !isHeader(header)) return
    if (!payload.startsWith('eyJ') && !isHeader(header)) return
    scan.report('JWT', start, start + match.length, 'check')
    scan.skipTo(start + match.length)
  },
}

/** RFC 7515: the first part is the base64url of a JSON object that names an algorithm or a type. */
function isHeader(part: string): boolean {
  if (part.length > longestHeader) return false
  const json = Buffer.from(part, 'base64url').toString('utf8')
  return json.startsWith('{"') && json.includes('}') && /"(?:alg|typ|enc|kid|cty)"/.test(json)
}
