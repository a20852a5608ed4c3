import { describe, expect, it } from 'vitest'
import { createChannel } from './channel.ts'

async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const value of values) all.push(value)
  return all
}

describe('createChannel', () => {
  it('gives all values in order, then ends', async () => {
    const channel = createChannel<number>(() => {})
    const reading = collect(channel)
    for (let value = 1; value <= 100; value++) await channel.push(value)
    channel.close()
    expect(await reading).toEqual(Array.from({ length: 100 }, (_, index) => index + 1))
  })

  it('makes the writer wait while the reader is behind', async () => {
    const channel = createChannel<number>(() => {})
    let pushed = 0
    const write = async () => {
      for (let value = 0; value < 1_000; value++) {
        await channel.push(value)
        pushed++
      }
    }
    const writing = write()
    const iterator = channel[Symbol.asyncIterator]()
    await iterator.next()
    await iterator.next()
    expect(pushed).toBeLessThan(20)
    await iterator.return?.()
    await writing
  })

  it('tells the writer when the reader leaves', async () => {
    let left = false
    const channel = createChannel<number>(() => {
      left = true
    })
    await channel.push(1)
    for await (const value of channel) if (value === 1) break
    expect(left).toBe(true)
  })

  it('throws the error of its writer after the last value', async () => {
    const channel = createChannel<number>(() => {})
    await channel.push(1)
    channel.close(new Error('broken'))
    await expect(collect(channel)).rejects.toThrow('broken')
  })
})
