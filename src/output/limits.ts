import { invalidConfig } from '../base/errors.ts'

/** How large an answer may be before it is refused unread, with the cause `hostile`. */
export interface OutputLimits {
  /** The most UTF-16 units of text; default 2,000,000, some 500,000 tokens. */
  readonly maxLength: number
  /** The most levels of nesting; default 128. Every recursion of this room is bounded by it. */
  readonly maxDepth: number
}

const defaultLimits: OutputLimits = { maxLength: 2_000_000, maxDepth: 128 }

/** The largest depth that leaves the call stack alone, with the user's schema still to come. */
const deepest = 500

/**
 * The limits with their defaults.
 *
 * @throws INVALID_CONFIG where one is not a whole number, or the depth is beyond 500.
 */
export function resolveLimits(limits: Partial<OutputLimits> = {}): OutputLimits {
  const resolved = { ...defaultLimits, ...limits }
  if (!Number.isInteger(resolved.maxLength) || resolved.maxLength < 1) {
    throw invalidConfig('limits.maxLength', resolved.maxLength, 'a whole number above 0')
  }
  if (
    !Number.isInteger(resolved.maxDepth) ||
    resolved.maxDepth < 1 ||
    resolved.maxDepth > deepest
  ) {
    throw invalidConfig('limits.maxDepth', resolved.maxDepth, `a whole number from 1 to ${deepest}`)
  }
  return resolved
}
