import { invalidConfig } from '../base/errors.ts'

/** A whole number from 0 in a flag. @throws INVALID_CONFIG that names the flag. */
export function parseCount(flag: string, text: string): number {
  const count = Number(text)
  if (text !== '' && Number.isSafeInteger(count) && count >= 0) return count
  throw invalidConfig(flag, text, 'a whole number from 0')
}
