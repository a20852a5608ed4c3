import { HoldfastError } from '../base/errors.ts'
import { isRecord } from '../base/json.ts'

/** The members of an object that a client sent, unchecked. */
export type Fields = Readonly<Record<string, unknown>>

/** @throws INVALID_INPUT that names the place, as all of these do. */
export function record(value: unknown, at: string): Fields {
  if (!isRecord(value)) throw wrong(at, 'an object')
  return value
}

export function list(value: unknown, at: string): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(at, 'a list')
  return value
}

export function text(value: unknown, at: string): string {
  if (typeof value !== 'string') throw wrong(at, 'a string')
  return value
}

/** Absent and null are the same to clients of these protocols. */
export function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null
}

/** The error that a field is not what it has to be. */
export function wrong(path: string, expected: string): HoldfastError<'INVALID_INPUT'> {
  return refused(path, `${path} has to be ${expected}.`)
}

/** The error that a field cannot be served, in words of its own. */
export function refused(path: string, message: string): HoldfastError<'INVALID_INPUT'> {
  return new HoldfastError('INVALID_INPUT', message, { issues: [{ path, message }] })
}
