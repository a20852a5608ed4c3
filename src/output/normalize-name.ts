/** Names as people vary them: `userName`, `user_name`, `User Name` and `USER-NAME` are one name. */

const plainName = /^[a-z\d]+$/

/** A name without case, separators and punctuation. */
export function normalizeName(name: string): string {
  if (plainName.test(name)) return name
  // A name of punctuation alone, such as `+` or `<=`, is only equal to itself.
  return name.toLowerCase().replace(/[^\p{L}\p{N}\p{M}]+/gu, '') || name.trim()
}

/** A name without its accents as well: `señor` and `senor` are one. */
export function withoutAccents(name: string): string {
  return normalizeName(name)
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .replaceAll('ß', 'ss')
}

/**
 * Whether two names differ by one slip of the finger: a letter too many, missing, wrong or swapped
 * with its neighbour. The first letter must agree, since `a-` and `un-` turn a word around, and no
 * digit may differ, since `car2` is not a slip for `car3`.
 */
export function differsBySlip(left: string, right: string): boolean {
  const [short, long] = left.length <= right.length ? [left, right] : [right, left]
  if (short.length < 4 || long.length - short.length > 1 || short === long) return false
  let same = 0
  while (same < short.length && short[same] === long[same]) same++
  if (same === 0) return false
  if (/\d/.test(left.slice(same, same + 2) + right.slice(same, same + 2))) return false
  if (short.length < long.length) return short.slice(same) === long.slice(same + 1)
  if (short.slice(same + 1) === long.slice(same + 1)) return short.length >= 7
  const isSwapped = short[same] === long[same + 1] && short[same + 1] === long[same]
  return isSwapped && short.slice(same + 2) === long.slice(same + 2)
}
