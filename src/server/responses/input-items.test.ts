import { expect, it } from 'vitest'
import { listInputItems, parseListRequest } from './input-items.ts'

const items = ['a', 'b', 'c'].map((content) => ({ role: 'user' as const, content }))
const list = (query: string) =>
  listInputItems('ans_1', items, parseListRequest(new URLSearchParams(query)))

it('lists the newest first', () => {
  expect(list('')).toMatchObject({
    object: 'list',
    first_id: 'msg_1_in2',
    last_id: 'msg_1_in0',
    has_more: false,
  })
})

it('lists a page after an item', () => {
  expect(list('order=asc&limit=1&after=msg_1_in0')).toMatchObject({
    data: [{ id: 'msg_1_in1', content: [{ type: 'input_text', text: 'b' }] }],
    has_more: true,
  })
})

it.each([
  ['limit=0', 'limit'],
  ['limit=101', 'limit'],
  ['order=up', 'order'],
  ['after=nothing', 'after'],
])('refuses %s', (query, path) => {
  expect(() => list(query)).toThrow(
    expect.objectContaining({ data: { issues: [{ path, message: expect.any(String) }] } }),
  )
})
