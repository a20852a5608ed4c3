import { expect, it } from 'vitest'
import { setAtPath } from './set-at-path.ts'

const put = (value: string) => () => value

it('makes the objects and arrays of the path', () => {
  expect(setAtPath({}, ['items', 1, 'name'], put('x'))).toEqual({ items: [null, { name: 'x' }] })
})

it('leaves the original as it was', () => {
  const original = { a: { b: 'old' }, other: { c: 1 } }
  const changed = setAtPath(original, ['a', 'b'], put('new'))
  expect(original).toEqual({ a: { b: 'old' }, other: { c: 1 } })
  expect(changed).toEqual({ a: { b: 'new' }, other: { c: 1 } })
  expect((changed as typeof original).other).toBe(original.other)
})

it('gives what stood there', () => {
  const append = (previous: unknown) => `${previous}!`
  expect(setAtPath({ a: ['x'] }, ['a', 0], append)).toEqual({ a: ['x!'] })
})

it('replaces what does not fit the path', () => {
  expect(setAtPath({ a: 'text' }, ['a', 'b'], put('x'))).toEqual({ a: { b: 'x' } })
  expect(setAtPath({ a: 'text' }, ['a', 0], put('x'))).toEqual({ a: ['x'] })
})

it('an empty path is the whole', () => {
  expect(setAtPath({ a: 1 }, [], put('x'))).toBe('x')
})

it('no key reaches a prototype', () => {
  const changed = setAtPath({}, ['__proto__', 'polluted'], put('yes'))
  setAtPath({}, ['constructor', 'prototype', 'polluted'], put('yes'))
  expect(({} as { polluted?: string }).polluted).toBeUndefined()
  expect(Object.getPrototypeOf(changed)).toBe(Object.prototype)
  expect(JSON.stringify(changed)).toBe('{"__proto__":{"polluted":"yes"}}')
})
