import { describe, expect, test } from 'vitest'
import { decodeBase58, passesBase58Check } from './base58check.ts'
import { passesBech32 } from './bech32.ts'
import { crc16 } from './crc16.ts'
import { isDayOfYear } from './digits.ts'
import { bitsPerCharacter, looksRandom } from './entropy.ts'
import { passesLuhn } from './luhn.ts'
import { passesMod97 } from './mod97.ts'
import * as is from './national-checks.ts'
import { passesVerhoeff } from './verhoeff.ts'

/** Every check accepts a number with its digit and refuses it with any other last character. */
const checks: readonly (readonly [
  name: string,
  passes: (text: string) => boolean,
  valid: string,
])[] = [
  ['Luhn', passesLuhn, '4539200297727693'],
  ['mod 97', passesMod97, 'GB36MTVF83231753760008'],
  ['Verhoeff', passesVerhoeff, '768401020536'],
  ['NHS', is.isNhs, '2770444395'],
  ['German tax id', is.isGermanTaxId, '86143579405'],
  ['NIR', is.isNir, '185057511604218'],
  ['PESEL', is.isPesel, '92071403453'],
  ['BSN', is.isBsn, '844875600'],
  ['Belgian', is.isBelgian, '85073003328'],
  ['Swedish', is.isSwedish, '8112189876'],
  ['Norwegian', is.isNorwegian, '11018423172'],
  ['AHV', is.isAhv, '7569454849359'],
  ['Czech', is.isCzech, '8554120707'],
  ['Turkish', is.isTurkish, '81713787822'],
  ['Israeli', is.isIsraeli, '034580118'],
  ['Portuguese', is.isPortuguese, '286098890'],
  ['CPF', is.isCpf, '87456284911'],
  ['CNPJ', is.isCnpj, '73738510000134'],
  ['RUT', is.isRut, '20768063K'],
  ['SIN', is.isSin, '717297873'],
  ['TFN', is.isTfn, '076302956'],
  ['Korean', is.isKorean, '9003142234567'],
  ['Chinese', is.isChinese, '110105199003072936'],
  ['Thai', is.isThai, '1858138033941'],
  ['South African', is.isSouthAfrican, '8001015009087'],
  ['Finnish', is.isFinnish, '131052-308T'],
  ['Spanish', is.isSpanish, '32515199F'],
  ['NRIC', is.isNric, 'S9104823Z'],
  ['PPS', is.isPps, '9395580I'],
  ['Taiwanese', is.isTaiwanese, 'B193158584'],
]

test.each(checks)('%s accepts exactly one last character', (_name, passes, valid) => {
  const last = valid.charAt(valid.length - 1)
  const alphabet = /\d/.test(last) ? '0123456789' : 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
  const accepted = [...alphabet].filter((character) => passes(valid.slice(0, -1) + character))
  expect(accepted).toEqual([last])
})

describe('wallet checks', () => {
  test.each([
    '1HCyk5jmcvVLWUDE2FRc4jUL5YeMbxk5R9',
    'LetpmgUaSKDMhenJJTqfe6nS4UxESySb6g',
    'rGodBPMq7h4Z9uXBBEJcRc9higTPNfgizy',
  ])('base58check accepts %s and not its neighbour', (address) => {
    expect(passesBase58Check(address)).toBe(true)
    expect(passesBase58Check(`${address.slice(0, -1)}2`)).toBe(false)
  })

  test('base58 keeps leading zeros and refuses foreign letters', () => {
    expect(decodeBase58('112')).toEqual(Uint8Array.from([0, 0, 1]))
    expect(decodeBase58('0OIl')).toBeUndefined()
  })

  test.each([
    'bc1qf3ypch75xafldqduv7g2ry0f7758e09aswmq4j',
    'BC1QF3YPCH75XAFLDQDUV7G2RY0F7758E09ASWMQ4J',
    'bc1px7nyrkdah4lns98pvmtj5jzxx5ayuw4wysfvtf9uanf5tjqy5xu64vhlgt',
  ])('bech32 accepts %s and not its neighbour', (address) => {
    expect(passesBech32(address)).toBe(true)
    expect(passesBech32(`${address.slice(0, -1)}q`)).toBe(false)
  })

  test('CRC-16 gives the catalogued check value', () => {
    expect(crc16(Buffer.from('123456789'))).toBe(0x31c3)
  })
})

describe('randomness', () => {
  test('entropy counts characters', () => {
    expect([bitsPerCharacter('aaaa'), bitsPerCharacter('abab'), bitsPerCharacter('abcd')]).toEqual([
      0, 1, 2,
    ])
  })

  test.each([
    'camelCaseIdentifier',
    'aVeryLongCamelCaseNameOfAThing',
    '20261124101530',
    'aaaaaaaa11111111',
    'short1A',
  ])('%s does not look random', (token) => {
    expect(looksRandom(token)).toBe(false)
  })

  test('a drawn token looks random', () => {
    expect(looksRandom('f3b9c1e07a5d4e28')).toBe(true)
  })
})

test('days exist in their months', () => {
  expect([isDayOfYear(29, 2), isDayOfYear(30, 2), isDayOfYear(31, 4), isDayOfYear(1, 13)]).toEqual([
    true,
    false,
    false,
    false,
  ])
})
