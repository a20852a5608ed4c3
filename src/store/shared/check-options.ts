import { invalidConfig } from '../../base/errors.ts'

/** Turns or events that one read returns unless it asks for another number. */
export const defaultReadLimit = 1_000

/** A count or a position from 0: returned as it is, or refused with INVALID_CONFIG. */
export function checkCount(option: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw invalidConfig(option, value, 'a whole number from 0')
}
