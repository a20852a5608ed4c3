const product = [
  '0123456789',
  '1234067895',
  '2340178956',
  '3401289567',
  '4012395678',
  '5987604321',
  '6598710432',
  '7659821043',
  '8765932104',
  '9876543210',
]
const permutation = [
  '0123456789',
  '1576283094',
  '5803796142',
  '8916043527',
  '9453126870',
  '4286573901',
  '2793806415',
  '7046913258',
]

/** The dihedral check of Verhoeff (1969) over a string of digits, as on the Indian Aadhaar number. */
export function passesVerhoeff(digits: string): boolean {
  let check = 0
  for (let index = 0; index < digits.length; index++) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 0x30
    const permuted = (permutation[index % 8] ?? '').charCodeAt(digit) - 0x30
    check = (product[check] ?? '').charCodeAt(permuted) - 0x30
  }
  return check === 0
}
