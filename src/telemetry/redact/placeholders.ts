/** Beyond so many values a scope numbers on without remembering, so that memory stays bounded. */
const mostRemembered = 20_000

/** Numbers placeholders: the same value bears the same number within one scope, such as a trace. */
export interface PlaceholderNumbers {
  /** `[EMAIL_1]` for the first e-mail address of the scope, and for each repetition of it. */
  placeholder(type: string, value: string): string
}

export function createPlaceholderNumbers(): PlaceholderNumbers {
  const last = new Map<string, number>()
  const remembered = new Map<string, string>()
  return {
    placeholder(type, value) {
      const identity = `${type} ${canonical(value)}`
      const known = remembered.get(identity)
      if (known) return known
      const number = (last.get(type) ?? 0) + 1
      last.set(type, number)
      const placeholder = `[${type}_${number}]`
      if (remembered.size < mostRemembered) remembered.set(identity, placeholder)
      return placeholder
    },
  }
}

/** Separators and case do not make another phone number, card or address. */
function canonical(value: string): string {
  return value.toLowerCase().replace(/[\s().\-/]+/g, '')
}
