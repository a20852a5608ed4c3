/** Σ digit × weight, position by position. */
export function weightedSum(digits: string, weights: readonly number[]): number {
  let sum = 0
  for (let index = 0; index < weights.length; index++) {
    sum += (digits.charCodeAt(index) - 0x30) * (weights[index] ?? 0)
  }
  return sum
}

/** The digit at an index as a number; NaN past the end. */
export function digitAt(digits: string, index: number): number {
  return digits.charCodeAt(index) - 0x30
}

/** True when every character is the same, as in test data and separators. */
export function allSame(text: string): boolean {
  for (let index = 1; index < text.length; index++) {
    if (text[index] !== text[0]) return false
  }
  return true
}

/** True for a day and month that exist in some year. */
export function isDayOfYear(day: number, month: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false
  return day <= (month === 2 ? 29 : [4, 6, 9, 11].includes(month) ? 30 : 31)
}
