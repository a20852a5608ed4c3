import { describe, expect, test } from 'vitest'
import { isJson, replacementsIn } from './json-strings.ts'

/** Replaces each occurrence of a number by a placeholder with the quotes it needs. */
function replace(text: string, number: string, isWhole = true): string {
  const spans = [...text.matchAll(new RegExp(number, 'g'))].map(({ index }) => ({
    start: index,
    end: index + number.length,
  }))
  let output = ''
  let at = 0
  for (const { start, end, quote } of replacementsIn(text, spans, isWhole)) {
    output += `${text.slice(at, start)}${quote}[X_1]${quote}`
    at = end
  }
  return output + text.slice(at)
}

describe('a number in JSON', () => {
  test.each([
    ['{"a":4539}', '{"a":"[X_1]"}'],
    ['[1, 4539 ,4539]', '[1, "[X_1]" ,"[X_1]"]'],
    ['{"a":-4539.50}', '{"a":"[X_1]"}'],
    ['{"a":"nr 4539"}', '{"a":"nr [X_1]"}'],
    ['{"4539":1}', '{"[X_1]":1}'],
    ['{"a":"\\\\","b":4539}', '{"a":"\\\\","b":"[X_1]"}'],
    ['{"a":"[note] 4539","b":4539}', '{"a":"[note] [X_1]","b":"[X_1]"}'],
  ])('in %s gets the quotes it needs', (text, expected) => {
    expect(replace(text, '4539')).toBe(expected)
  })

  test.each([1, 2, 3])('inside %i levels of strings gets escaped quotes', (levels) => {
    let text = '{"card":4539,"list":[4539],"note":"4539"}'
    let expected = '{"card":"[X_1]","list":["[X_1]"],"note":"[X_1]"}'
    for (let level = 0; level < levels; level++) {
      text = JSON.stringify({ arguments: text })
      expected = JSON.stringify({ arguments: expected })
    }
    expect(replace(text, '4539')).toBe(expected)
  })

  test('after a key in prose is quoted, elsewhere in prose not', () => {
    expect(replace('got {"a":4539} and [4539] and 4539', '4539', false)).toBe(
      'got {"a":"[X_1]"} and [[X_1]] and [X_1]',
    )
  })
})

test('only objects, arrays and strings count as JSON', () => {
  const texts = ['{}', ' [1] ', '"a"', '12', 'true', '{a:1}', '[1', '']
  expect(texts.filter(isJson)).toEqual(['{}', ' [1] ', '"a"'])
})
