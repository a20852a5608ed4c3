import { describe, expect, it } from 'vitest'
import { blockOf, blockUnits, countIn, createVocabulary } from './vocabulary.ts'

const blocksOf = (blocks: readonly number[] = []) =>
  blocks.map((packed) => [blockOf(packed), countIn(packed)])

describe('createVocabulary', () => {
  it('knows how many units of each block have a term', () => {
    const vocabulary = createVocabulary()
    for (let unit = 0; unit < 2 * blockUnits; unit++) {
      vocabulary.add(unit % 2 === 0 ? ['kettle', 'kettle'] : ['ladder'])
    }
    expect(vocabulary.find('kettle')?.units).toBe(blockUnits)
    expect(blocksOf(vocabulary.find('kettle')?.blocks)).toEqual([
      [0, blockUnits / 2],
      [1, blockUnits / 2],
    ])
  })

  it('gives the terms of a unit with repeats beside each other', () => {
    const vocabulary = createVocabulary()
    const words = vocabulary.add(['b', 'a', 'b']).map((id) => vocabulary.get(id)?.word)
    expect(words.toSorted()).toEqual(['a', 'b', 'b'])
    expect(words.indexOf('b') + 1).toBe(words.lastIndexOf('b'))
  })

  it('lets go of terms with their last unit, and uses their ids again', () => {
    const vocabulary = createVocabulary()
    const units = Array.from({ length: blockUnits }, (_, at) =>
      Int32Array.from(vocabulary.add([`only${at}`, 'common'])),
    )
    vocabulary.add(['common'])
    const gone = vocabulary.find('only3')?.id
    vocabulary.forget(units)
    expect(vocabulary.find('only3')).toBeUndefined()
    expect(vocabulary.find('common')).toMatchObject({ units: 1 })
    expect(blocksOf(vocabulary.find('common')?.blocks)).toEqual([[1, 1]])
    const later = Array.from({ length: blockUnits }, (_, at) => vocabulary.add([`new${at}`])[0])
    expect(later).toContain(gone)
  })
})
