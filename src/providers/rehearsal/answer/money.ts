/** An amount as it was written, with its currency where one was named. */
export interface Amount {
  readonly value: number
  /** ISO 4217 or the ticker of a coin. */
  readonly currency: string | undefined
  /** Such as `200 EUR`. */
  readonly text: string
}

/** What people write for a currency or a coin, and its code. */
const codes: Readonly<Record<string, string>> = {
  '€': 'EUR',
  eur: 'EUR',
  euro: 'EUR',
  euros: 'EUR',
  $: 'USD',
  usd: 'USD',
  dollar: 'USD',
  dollars: 'USD',
  '£': 'GBP',
  gbp: 'GBP',
  pound: 'GBP',
  pounds: 'GBP',
  chf: 'CHF',
  francs: 'CHF',
  jpy: 'JPY',
  yen: 'JPY',
  btc: 'BTC',
  bitcoin: 'BTC',
  bitcoins: 'BTC',
  eth: 'ETH',
  ether: 'ETH',
  ethereum: 'ETH',
  usdt: 'USDT',
  tether: 'USDT',
  usdc: 'USDC',
  sol: 'SOL',
  solana: 'SOL',
}

const names: Readonly<Record<string, string>> = {
  BTC: 'bitcoin',
  ETH: 'ether',
  EUR: 'euros',
  USD: 'dollars',
  GBP: 'pounds',
}

const unit = Object.keys(codes)
  .map((word) => word.replaceAll('$', '\\$'))
  .sort((one, other) => other.length - one.length)
  .join('|')
const number = String.raw`\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?`
const amountPattern = new RegExp(
  String.raw`(€|\$|£)\s?(${number})\s?(k\b)?|(?<![\w.])(${number})\s?(k\b)?\s?(${unit})?(?![\w%])`,
  'gi',
)
const unitPattern = new RegExp(String.raw`(?<![\p{L}])(${unit})(?![\p{L}])`, 'giu')

/** The amounts of a text, in order. A bare number counts only where `bare` says so. */
export function amountsOf(text: string, bare = false): Amount[] {
  const amounts: Amount[] = []
  for (const [, sign, signed, signedK, plain, plainK, word] of text.matchAll(amountPattern)) {
    const currency = codeOf(sign ?? word)
    if (currency === undefined && !bare) continue
    const digits = signed ?? plain ?? ''
    const value = toNumber(digits) * (signedK || plainK ? 1_000 : 1)
    if (!Number.isFinite(value)) continue
    amounts.push({ value, currency, text: currency ? `${value} ${currency}` : String(value) })
  }
  return amounts
}

/** `1,500.25` and `1,5` alike: a comma before three digits groups, another one divides. */
function toNumber(digits: string): number {
  const grouped = /^\d{1,3}(,\d{3})+(\.\d+)?$/.test(digits)
  return Number(grouped ? digits.replaceAll(',', '') : digits.replace(',', '.'))
}

/** The codes of the currencies and coins that a text names, in order, each once. */
export function currenciesOf(text: string): string[] {
  const found = [...text.matchAll(unitPattern)].map(([word]) => codeOf(word))
  return [...new Set(found.filter((code) => code !== undefined))]
}

/** The word for a currency in a sentence. */
export function currencyName(code: string): string {
  return names[code] ?? code
}

function codeOf(word: string | undefined): string | undefined {
  const key = word?.toLowerCase() ?? ''
  return Object.hasOwn(codes, key) ? codes[key] : undefined
}
