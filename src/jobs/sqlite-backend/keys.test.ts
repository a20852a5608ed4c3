import { describe, expect, it } from 'vitest'
import { clientName, nodeKey, parseNodeKey } from './keys.ts'

describe('the name of a job', () => {
  const known = new Set(['bull:emails', 'a:b:emails'])
  const isQueue = (name: string) => known.has(name)

  it.each([
    { key: 'bull:emails:42', parts: { prefix: 'bull', queueName: 'emails', id: '42' } },
    {
      key: 'bull:emails:repeat:daily:1700000000000',
      parts: { prefix: 'bull', queueName: 'emails', id: 'repeat:daily:1700000000000' },
    },
    { key: 'a:b:emails:x:y:z', parts: { prefix: 'a:b', queueName: 'emails', id: 'x:y:z' } },
    { key: 'bull:unknown:7', parts: { prefix: 'bull', queueName: 'unknown', id: '7' } },
  ])('$key is taken apart', ({ key, parts }) => {
    expect(parseNodeKey(key, isQueue)).toEqual(parts)
    expect(nodeKey(`${parts.prefix}:${parts.queueName}`, parts.id)).toBe(key)
  })
})

describe('the name of a client', () => {
  it('is the one by which BullMQ finds workers on Redis', () => {
    expect(clientName('bull', 'emails', ':w:one')).toBe('bull:ZW1haWxz:w:one')
  })
})
