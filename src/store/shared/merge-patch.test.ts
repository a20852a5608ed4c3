import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Json, JsonObject } from '../../base/json.ts'
import { mergePatch } from './merge-patch.ts'

describe('merge patch', () => {
  // The cases of RFC 7396, appendix A, whose target and patch are objects.
  test.each<[JsonObject, JsonObject, JsonObject]>([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    [{ a: 'text' }, { a: { b: 1 } }, { a: { b: 1 } }],
  ])('%j with %j is %j', (target, patch, expected) => {
    expect(mergePatch(target, patch)).toEqual(expected)
  })

  test('nulls inside an array stay', () => {
    expect(mergePatch({}, { a: [null, { b: null }] })).toEqual({ a: [null, { b: null }] })
  })

  test('neither argument is changed', () => {
    const target = { a: { b: 1, c: 2 } }
    const patch = { a: { b: null }, d: { e: null } }
    mergePatch(target, patch)
    expect(target).toEqual({ a: { b: 1, c: 2 } })
    expect(patch).toEqual({ a: { b: null }, d: { e: null } })
  })

  test('patches of different keys commute', () => {
    fc.assert(
      fc.property(jsonObject, json, json, (target, one, two) => {
        const first = mergePatch(mergePatch(target, { one }), { two })
        expect(mergePatch(mergePatch(target, { two }), { one })).toEqual(first)
      }),
    )
  })

  test('merging the same patch again changes nothing', () => {
    fc.assert(
      fc.property(jsonObject, jsonObject, (target, patch) => {
        const once = mergePatch(target, patch)
        expect(mergePatch(once, patch)).toEqual(once)
      }),
    )
  })
})

const json = fc.jsonValue() as fc.Arbitrary<Json>
const jsonObject = fc.dictionary(fc.string(), json) as fc.Arbitrary<JsonObject>
