import { currenciesIn, dateReadings, figuresIn } from './read-figures.ts'

export const fieldTypes = ['text', 'number', 'date', 'currency', 'list'] as const
export type FieldType = (typeof fieldTypes)[number]

export type FieldValue = string | number | readonly string[]

/** Whether a value is what its quote says, read by the rules of its type and not by a model. */
export function valueFollows(type: FieldType, value: FieldValue, quote: string): boolean {
  switch (type) {
    case 'number':
      return typeof value === 'number' && figuresIn(quote).some((figure) => isSame(figure, value))
    case 'date':
      return dateReadings(quote).some((dates) => dates.some((date) => date === value))
    case 'currency':
      return currenciesIn(quote).some((code) => code === value)
    case 'list':
      return (
        Array.isArray(value) && value.length > 0 && value.every((item) => isWithin(item, quote))
      )
    case 'text':
      return typeof value === 'string' && isWithin(value, quote)
  }
}

const isSame = (one: number, other: number): boolean => Math.abs(one - other) < 1e-9

function isWithin(value: string, quote: string): boolean {
  const wanted = lettersOf(value)
  return wanted !== '' && ` ${lettersOf(quote)} `.includes(` ${wanted} `)
}

/** Letters and digits alone, so that a comma or a line break makes no difference. */
function lettersOf(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}@]+/gu, ' ')
    .trim()
}
