import type { Detector } from '../detector.ts'
import type { Scan } from '../scan.ts'
import { decodeBase58, passesBase58Check } from '../validators/base58check.ts'
import { passesBech32 } from '../validators/bech32.ts'
import { crc16 } from '../validators/crc16.ts'
import { allSame } from '../validators/digits.ts'

const base58 = /^[1-9A-HJ-NP-Za-km-z]+$/
const hex40 = /0x[0-9a-f]{40}(?![0-9a-z])/iy
const bech32 = /[a-z]{2,12}1[ac-hj-np-z02-9]{30,110}(?![a-z0-9])/iy
const cashAddress = /(?:bitcoincash|ecash):[qp][ac-hj-np-z02-9]{41}(?![a-z0-9])/iy
const walletWords =
  /wallet|address|solana|\bsol\b|phantom|crypto|\bpay|send|transfer|deposit|polkadot|\bdot\b|algorand|\bnear\b|usdc|usdt/

/** Addresses of crypto wallets; most carry a checksum, the rest need a word beside them. */
export const cryptoWallet: Detector = {
  triggers: ['code', 'word', 'prefix'],
  words: ['bitcoincash', 'ecash'],
  prefixes: ['0x', '0X'],
  detect(scan, start, end) {
    const length = matchLength(scan, start, end)
    if (length === 0) return
    scan.report(
      isSecret(scan.text, start, length) ? 'PRIVATE_KEY' : 'CRYPTO_WALLET',
      start,
      start + length,
      'check',
    )
    scan.skipTo(start + length)
  },
}

function matchLength(scan: Scan, start: number, end: number): number {
  const text = scan.text
  const length = end - start
  if (length < 26) {
    cashAddress.lastIndex = start
    return length > 6 ? 0 : (cashAddress.exec(text)?.[0].length ?? 0)
  }
  if (text[start] === '0' && length === 42) return hexLength(text, start)
  const token = text.slice(start, end)
  if (isBech32(token)) return length
  if (length <= 112 && base58.test(token) && isBase58Address(scan, token, start)) return length
  return isStellar(token) ? length : 0
}

/** Ethereum and its kin: 20 bytes in hexadecimal. Zero and filler addresses belong to nobody. */
function hexLength(text: string, start: number): number {
  hex40.lastIndex = start
  const address = hex40.exec(text)?.[0]
  return address && !allSame(address.slice(2)) && !/0{30}/.test(address) ? address.length : 0
}

function isBech32(token: string): boolean {
  bech32.lastIndex = 0
  return bech32.test(token) && passesBech32(token)
}

function isBase58Address(scan: Scan, token: string, start: number): boolean {
  if (token.length === 95 && /^[48]/.test(token)) return true
  if (passesBase58Check(token)) return true
  if (token.length < 32 || token.length > 48 || !/\d/.test(token)) return false
  return (
    walletWords.test(scan.before(start, 32)) && [32, 35].includes(decodeBase58(token)?.length ?? 0)
  )
}

/** A Stellar account: base 32, version byte `G`, CRC-16 in the last two bytes, low byte first. */
function isStellar(token: string): boolean {
  if (!/^G[A-Z2-7]{55}$/.test(token)) return false
  const bytes = decodeBase32(token)
  const sum = (bytes[33] ?? 0) | ((bytes[34] ?? 0) << 8)
  return crc16(bytes.subarray(0, 33)) === sum
}

function decodeBase32(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8))
  let bits = 0
  let value = 0
  let at = 0
  for (const character of text) {
    value = ((value << 5) | 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(character)) & 0xfff
    bits += 5
    if (bits >= 8) {
      bits -= 8
      bytes[at++] = (value >> bits) & 0xff
    }
  }
  return bytes
}

/** Wallet import format (51–52) and extended private keys are keys, not addresses. */
function isSecret(text: string, start: number, length: number): boolean {
  if (length === 51 || length === 52) return /[5KLc9]/.test(text.charAt(start))
  return length === 111 && text.startsWith('prv', start + 1)
}
