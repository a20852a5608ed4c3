const ranges: readonly (readonly [first: number, last: number, plain: number])[] = [
  [0x2000, 0x200a, 0x20],
  [0x200b, 0x200f, 0],
  [0x2010, 0x2015, 0x2d],
  [0x2018, 0x2019, 0x27],
  [0x201b, 0x201b, 0x27],
  [0x201c, 0x201f, 0x22],
  [0x202a, 0x202e, 0],
  [0x202f, 0x202f, 0x20],
  [0x205f, 0x205f, 0x20],
  [0x2060, 0x2069, 0],
  [0x2212, 0x2212, 0x2d],
  [0x3000, 0x3000, 0x20],
  [0xfe00, 0xfe0f, 0],
  [0xfe58, 0xfe58, 0x2d],
  [0xfe63, 0xfe63, 0x2d],
  [0xfeff, 0xfeff, 0],
]
/** Zeros of the decimal digits of Arabic, Persian and Devanagari. */
const zeros = [0x660, 0x6f0, 0x966]

/**
 * The ASCII code that a code unit stands for in matching: a space, dash, quote, full-width character
 * or foreign digit becomes the plain one, an invisible character becomes 0, any other stays itself.
 */
export function plainForm(code: number): number {
  if (code >= 0xff01 && code <= 0xff5e) return code - 0xfee0
  if (code === 0xa0) return 0x20
  if (code === 0xad) return 0
  if (code < 0x660) return code
  for (const zero of zeros) {
    if (code >= zero && code <= zero + 9) return 0x30 + code - zero
  }
  if (code < 0x2000 || code > 0xfeff) return code
  for (const [first, last, plain] of ranges) {
    if (code >= first && code <= last) return plain
  }
  return code
}
