/**
 * What the part of a text outside ASCII is of. Tokenizers differ most in these scripts: one that needs
 * 5 % more tokens than another for English needs twice as many for Chinese and three times as many for
 * Hindi, so that no single number turns one count into the other.
 */

interface Script {
  readonly name: string
  /** Tokens of o200k per code unit, about. */
  readonly tokensPerUnit: number
  /** The code units that belong to it. */
  readonly ranges: string
  /** Our tokenizer knows its words and others spell them out, so that its characters tell as much. */
  readonly spelledOut?: boolean
}

const scripts: readonly Script[] = [
  { name: 'latin', tokensPerUnit: 0.5, ranges: '80-36f 1e00-1eff 2000-20ff' },
  { name: 'greek-cyrillic', tokensPerUnit: 0.3, ranges: '370-58f 1c80-1c8f 1f00-1fff' },
  {
    name: 'semitic',
    tokensPerUnit: 0.35,
    ranges: '590-8ff fb1d-fdff fe70-feff',
    spelledOut: true,
  },
  { name: 'indic', tokensPerUnit: 0.25, ranges: '900-dff', spelledOut: true },
  { name: 'thai-khmer', tokensPerUnit: 0.35, ranges: 'e00-109f 1780-17ff', spelledOut: true },
  { name: 'hangul', tokensPerUnit: 0.55, ranges: '1100-11ff 3130-318f ac00-d7ff' },
  { name: 'kana', tokensPerUnit: 0.6, ranges: '3040-30ff 31f0-31ff ff66-ff9f' },
  {
    name: 'han',
    tokensPerUnit: 0.7,
    ranges: '2e80-303f 3100-312f 31a0-31ef 3200-9fff f900-faff fe30-fe4f ff00-ff65',
  },
  // Emoji are surrogate pairs.
  { name: 'symbol', tokensPerUnit: 0.6, ranges: '2100-2bff d800-dfff fe00-fe0f' },
  { name: 'other', tokensPerUnit: 0.5, ranges: '' },
]

/** What `measureScripts` measures, in order: scripts by tokens, then some again by characters. */
export const scriptMeasures: readonly string[] = [
  ...scripts.map(({ name }) => name),
  ...scripts.filter(({ spelledOut }) => spelledOut).map(({ name }) => name),
]
export const otherScript = scripts.length - 1

/** The script of a code unit. */
const scriptOf = new Uint8Array(0x1_0000).fill(otherScript)
for (const [script, { ranges }] of scripts.entries()) {
  for (const range of ranges.split(' ').filter((each) => each !== '')) {
    const [first = 0, last = first] = range.split('-').map((hex) => Number.parseInt(hex, 16))
    scriptOf.fill(script, first, last + 1)
  }
}

/** A longer text is looked at in this many places, spread over it. */
const mostUnits = 4_096

/**
 * Divides the tokens of a text that stand for words outside ASCII between the scripts, by what is usual
 * for a character of each; and adds what the characters of those that are spelled out usually come to.
 */
export function measureScripts(text: string, tokens: number): readonly number[] {
  const usual = new Array<number>(scripts.length).fill(0)
  const step = Math.max(1, Math.floor(text.length / mostUnits))
  let total = 0
  for (let at = 0; at < text.length; at += step) {
    const unit = text.charCodeAt(at)
    if (unit < 0x80) continue
    const script = scriptOf[unit] ?? otherScript
    const share = (scripts[script]?.tokensPerUnit ?? 0) * step
    usual[script] = (usual[script] ?? 0) + share
    total += share
  }
  return [
    ...usual.map((share) => (share / (total || 1)) * tokens),
    ...usual.filter((_, script) => scripts[script]?.spelledOut),
  ]
}
