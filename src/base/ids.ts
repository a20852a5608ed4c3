import { randomFillSync } from 'node:crypto'

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/** Random bytes are fetched in bulk: to ask for few costs as much as to ask for many. */
const pool = Buffer.alloc(4_096)
let used = pool.length

function takeRandom(length: number): Buffer {
  if (used + length > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += length
  return pool.subarray(used - length, used)
}

/**
 * An id that sorts by time: a prefix, nine characters of millisecond time and sixteen of randomness
 * (80 bits) in Crockford's base 32, such as `ans_01k8w2z3x_5f0c…`.
 */
export function createId(prefix: string, nowMs: number): string {
  let time = Math.floor(nowMs)
  let head = ''
  for (let digit = 0; digit < 9; digit++) {
    head = alphabet.charAt(time % 32) + head
    time = Math.floor(time / 32)
  }
  let tail = ''
  for (const byte of takeRandom(16)) tail += alphabet.charAt(byte & 31)
  return `${prefix}_${head}${tail}`
}

/** Digits of hexadecimal ids: written in bulk as well, since each call into Node costs more than its digits. */
let digits = ''
let usedDigits = 0

function takeDigits(length: number): string {
  if (usedDigits + length > digits.length) {
    digits = takeRandom(pool.length).toString('hex')
    usedDigits = 0
  }
  usedDigits += length
  return digits.slice(usedDigits - length, usedDigits)
}

/** A trace id as W3C Trace Context wants it: 32 hexadecimal digits. */
export const createTraceId = (): string => takeDigits(32)

/** A span id as W3C Trace Context wants it: 16 hexadecimal digits. */
export const createSpanId = (): string => takeDigits(16)
