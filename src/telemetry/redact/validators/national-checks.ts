import { digitAt, isDayOfYear, weightedSum } from './digits.ts'
import { passesLuhn } from './luhn.ts'

/**
 * Check digits of national identity numbers, over digits without separators. Sources: the issuing
 * authorities' published algorithms; each function names the number it is for.
 */

/** Day and month stand at these places as two digits each. */
const hasDate = (digits: string, dayAt: number, monthAt: number): boolean =>
  isDayOfYear(Number(digits.slice(dayAt, dayAt + 2)), Number(digits.slice(monthAt, monthAt + 2)))

/** UK NHS number: weights 10–2, check digit 11 − sum mod 11. */
export function isNhs(digits: string): boolean {
  const check = 11 - (weightedSum(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)
  return (check === 11 ? 0 : check) === digitAt(digits, 9)
}

/** ISO 7064 MOD 11,10: German tax id, Croatian OIB. */
export function passesMod1110(digits: string): boolean {
  let product = 10
  for (let index = 0; index < digits.length - 1; index++) {
    const sum = (digitAt(digits, index) + product) % 10 || 10
    product = (sum * 2) % 11
  }
  return (11 - product) % 10 === digitAt(digits, digits.length - 1)
}

/** German tax id: MOD 11,10 and no leading zero. */
export function isGermanTaxId(digits: string): boolean {
  return digits[0] !== '0' && passesMod1110(digits)
}

/** French NIR (INSEE): sex, year, month, and 97 − number mod 97. */
export function isNir(digits: string): boolean {
  if (!/^[12]\d\d(?:0[1-9]|1[0-2]|[2-9]\d)/.test(digits)) return false
  return (
    digits.length === 13 || 97 - (Number(digits.slice(0, 13)) % 97) === Number(digits.slice(13))
  )
}

/** Polish PESEL: date with the century in the month, weights 1-3-7-9. */
export function isPesel(digits: string): boolean {
  if (!isDayOfYear(Number(digits.slice(4, 6)), Number(digits.slice(2, 4)) % 20)) return false
  return weightedSum(digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0
}

/** Dutch BSN: the eleven test, last weight −1. */
export function isBsn(digits: string): boolean {
  return Number(digits) > 9_999_999 && weightedSum(digits, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0
}

/** Belgian national register number: 97 − number mod 97, since 2000 with a leading 2. */
export function isBelgian(digits: string): boolean {
  const check = Number(digits.slice(9))
  const body = digits.slice(0, 9)
  return [body, `2${body}`].some((number) => 97 - (Number(number) % 97) === check)
}

/** Swedish personal and coordination number: date (day may be +60) and Luhn over the last ten. */
export function isSwedish(digits: string): boolean {
  const ten = digits.slice(-10)
  const day = Number(ten.slice(4, 6)) % 60
  return isDayOfYear(day, Number(ten.slice(2, 4))) && passesLuhn(ten)
}

/** Finnish identity code: date, separator, and number mod 31 in its alphabet. */
export function isFinnish(code: string): boolean {
  const digits = code.slice(0, 6) + code.slice(-4, -1)
  if (!hasDate(digits, 0, 2)) return false
  return '0123456789ABCDEFHJKLMNPRSTUVWXY'[Number(digits) % 31] === code.slice(-1).toUpperCase()
}

/** Norwegian birth number: date (day +40 for D-numbers) and two check digits mod 11. */
export function isNorwegian(digits: string): boolean {
  if (!isDayOfYear(Number(digits.slice(0, 2)) % 40, Number(digits.slice(2, 4)) % 40)) return false
  return (
    weightedSum(digits, [3, 7, 6, 1, 8, 9, 4, 5, 2, 1]) % 11 === 0 &&
    weightedSum(digits, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0
  )
}

/** Danish CPR: only the date; check digits ended in 2007. */
export function isDanish(digits: string): boolean {
  return hasDate(digits, 0, 2)
}

/** Swiss AHV number: prefix 756 and the EAN-13 digit. */
export function isAhv(digits: string): boolean {
  return (
    digits.startsWith('756') &&
    weightedSum(digits, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]) % 10 === 0
  )
}

/** Austrian social insurance number: weights 3-7-9 and 5-8-4-2-1-6, the check digit fourth. */
export function isAustrian(digits: string): boolean {
  return weightedSum(digits, [3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11 === digitAt(digits, 3)
}

/** Czech and Slovak birth number: date (month +50 for women, +20), divisible by 11 since 1954. */
export function isCzech(digits: string): boolean {
  const month = (Number(digits.slice(2, 4)) % 50) % 20
  if (!isDayOfYear(Number(digits.slice(4, 6)), month)) return false
  return digits.length === 9 || Number(digits) % 11 === 0 || Number(digits.slice(0, 9)) % 11 === 10
}

/** Estonian and Lithuanian personal code: two rounds of weights mod 11. */
export function isBaltic(digits: string): boolean {
  if (!/^[1-8]/.test(digits) || !hasDate(digits, 5, 3)) return false
  const first = weightedSum(digits, [1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11
  const second = weightedSum(digits, [3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11
  return (first < 10 ? first : second % 10) === digitAt(digits, 10)
}

/** Romanian CNP: date and weights 279146358279. */
export function isRomanian(digits: string): boolean {
  const check = weightedSum(digits, [2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11
  return hasDate(digits, 5, 3) && (check === 10 ? 1 : check) === digitAt(digits, 12)
}

/** Portuguese NIF: weights 9–2, 11 − sum mod 11. */
export function isPortuguese(digits: string): boolean {
  const check = 11 - (weightedSum(digits, [9, 8, 7, 6, 5, 4, 3, 2]) % 11)
  return (check > 9 ? 0 : check) === digitAt(digits, 8)
}

/** Turkish identity number: two check digits over odd and even places. */
export function isTurkish(digits: string): boolean {
  if (digits[0] === '0') return false
  const odd = weightedSum(digits, [1, 0, 1, 0, 1, 0, 1, 0, 1])
  const even = weightedSum(digits, [0, 1, 0, 1, 0, 1, 0, 1])
  const tenth = (((odd * 7 - even) % 10) + 10) % 10
  return tenth === digitAt(digits, 9) && (odd + even + tenth) % 10 === digitAt(digits, 10)
}

/** Israeli identity number: Luhn over nine digits. */
export function isIsraeli(digits: string): boolean {
  return passesLuhn(digits.padStart(9, '0'))
}

/** Russian SNILS: weights 9–1, mod 101. */
export function isSnils(digits: string): boolean {
  return (weightedSum(digits, [9, 8, 7, 6, 5, 4, 3, 2, 1]) % 101) % 100 === Number(digits.slice(9))
}

/** Brazilian CPF: two check digits mod 11, not all digits the same. */
export function isCpf(digits: string): boolean {
  const check = (count: number): boolean => {
    const weights = Array.from({ length: count }, (_, index) => count + 1 - index)
    return ((weightedSum(digits, weights) * 10) % 11) % 10 === digitAt(digits, count)
  }
  return !/^(\d)\1+$/.test(digits) && check(9) && check(10)
}

/** Brazilian CNPJ: two check digits with weights that run 2–9 from the right. */
export function isCnpj(digits: string): boolean {
  const check = (count: number): boolean => {
    const weights = Array.from({ length: count }, (_, index) => ((count - 1 - index) % 8) + 2)
    const rest = weightedSum(digits, weights) % 11
    return (rest < 2 ? 0 : 11 - rest) === digitAt(digits, count)
  }
  return check(12) && check(13)
}

/** Argentine CUIT/CUIL: prefix of the kind of person, weights 5432765432, mod 11. */
export function isCuit(digits: string): boolean {
  if (!/^(?:2[03457]|3[034])/.test(digits)) return false
  return (
    (11 - (weightedSum(digits, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11)) % 11 === digitAt(digits, 10)
  )
}

/** Chilean RUT: weights 2–7 from the right, the check character last (10 is K). */
export function isRut(code: string): boolean {
  const body = code.slice(0, -1)
  let sum = 0
  for (let index = 0; index < body.length; index++) {
    sum += digitAt(body, body.length - 1 - index) * ((index % 6) + 2)
  }
  return '0123456789K0'[11 - (sum % 11)] === code.slice(-1).toUpperCase()
}

/** Canadian SIN: Luhn, and no first digit 8. */
export function isSin(digits: string): boolean {
  return !/^8/.test(digits) && passesLuhn(digits)
}

/** Australian tax file number: weights 1-4-3-7-5-8-6-9-10, mod 11. */
export function isTfn(digits: string): boolean {
  return weightedSum(digits, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0
}

/** Australian Medicare: first digit 2–6, weights 1-3-7-9, check digit ninth. */
export function isMedicare(digits: string): boolean {
  return (
    /^[2-6]/.test(digits) &&
    weightedSum(digits, [1, 3, 7, 9, 1, 3, 7, 9]) % 10 === digitAt(digits, 8)
  )
}

/** Korean resident number: date, sex digit, weights 2–9 and 2–5. Numbers since 2020 have no check. */
export function isKorean(digits: string): boolean {
  return (
    isKoreanForm(digits) &&
    (11 - (weightedSum(digits, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11)) % 10 ===
      digitAt(digits, 12)
  )
}

/** The date and a digit for sex and century; 9 and 0 are those born before 1900. */
export function isKoreanForm(digits: string): boolean {
  return hasDate(digits, 4, 2)
}

/** Chinese resident identity number (GB 11643): date and ISO 7064 MOD 11-2. */
export function isChinese(code: string): boolean {
  if (!/^[1-9]\d{5}(?:19|20)\d\d/.test(code) || !hasDate(code, 12, 10)) return false
  const sum = weightedSum(code, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
  return '10X98765432'[sum % 11] === code.charAt(17).toUpperCase()
}

/** Japanese My Number: weights 6–2 and 7–2 from the right, mod 11. */
export function isMyNumber(digits: string): boolean {
  const rest = weightedSum(digits, [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11
  return (rest < 2 ? 0 : 11 - rest) === digitAt(digits, 11)
}

/** Thai identity number: weights 13–2, mod 11. */
export function isThai(digits: string): boolean {
  const sum = weightedSum(digits, [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2])
  return digits[0] !== '0' && (11 - (sum % 11)) % 10 === digitAt(digits, 12)
}

/** South African identity number: date, status digit 0–2, Luhn. */
export function isSouthAfrican(digits: string): boolean {
  return hasDate(digits, 4, 2) && passesLuhn(digits)
}

/** A date of six digits, year first, at the start. */
export function startsWithDate(digits: string): boolean {
  return hasDate(digits, 4, 2)
}

/** Spanish DNI and NIE: number mod 23 in the letters of the Interior Ministry. */
export function isSpanish(code: string): boolean {
  const upper = code.toUpperCase()
  const number = upper.slice(0, -1).replace(/^[XYZ]/, (letter) => String('XYZ'.indexOf(letter)))
  return 'TRWAGMYFPDXBNJZSQVHLCKE'[Number(number) % 23] === upper.slice(-1)
}

/** Singapore NRIC and FIN: weights 2-7-6-5-4-3-2, an offset and letters by series. */
export function isNric(code: string): boolean {
  const upper = code.toUpperCase()
  const series = upper.charAt(0)
  const offset = series === 'T' || series === 'G' ? 4 : series === 'M' ? 3 : 0
  const rest = (weightedSum(upper.slice(1, 8), [2, 7, 6, 5, 4, 3, 2]) + offset) % 11
  const letters = /[ST]/.test(series)
    ? 'JZIHGFEDCBA'
    : series === 'M'
      ? 'KLJNPQRTUWX'
      : 'XWUTRQPNMLK'
  return (series === 'M' ? letters[10 - rest] : letters[rest]) === upper.charAt(8)
}

/** Irish PPS number: weights 8–2, a second letter counts nine times, mod 23. */
export function isPps(code: string): boolean {
  const upper = code.toUpperCase()
  const second = upper.length > 8 ? upper.charCodeAt(8) - 0x40 : 0
  const sum = weightedSum(upper, [8, 7, 6, 5, 4, 3, 2]) + second * 9
  return 'WABCDEFGHIJKLMNOPQRSTUV'[sum % 23] === upper.charAt(7)
}

/** Taiwanese identity number: the letter as two digits, weights 1-9-8-…-1-1, mod 10. */
export function isTaiwanese(code: string): boolean {
  const letter = 'ABCDEFGHJKLMNPQRSTUVXYWZIO'.indexOf(code.charAt(0).toUpperCase()) + 10
  const sum =
    Math.floor(letter / 10) +
    (letter % 10) * 9 +
    weightedSum(code.slice(1), [8, 7, 6, 5, 4, 3, 2, 1, 1])
  return sum % 10 === 0
}

/** Hong Kong identity card: letters as 10–35 (a missing one as 36), weights 9–1, mod 11. */
export function isHongKong(code: string): boolean {
  const compact = code.toUpperCase().replace(/[()]/g, '').padStart(9, ' ')
  let sum = 0
  for (let index = 0; index < 9; index++) {
    const character = compact.charAt(index)
    const value = character === ' ' ? 36 : Number.parseInt(character, 36)
    sum += value * (9 - index)
  }
  return sum % 11 === 0
}
