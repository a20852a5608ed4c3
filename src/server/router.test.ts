import { describe, expect, it } from 'vitest'
import { createRouter } from './router.ts'

const first = () => {}
const second = () => {}
const match = createRouter({
  'GET /v1/answers/:answer': first,
  'POST /v1/answers/:answer/cancel': second,
  'GET /v1/answers': second,
})

describe('createRouter', () => {
  it('finds a handler and decodes the parts of the path', () => {
    expect(match('GET', '/v1/answers/a%2Fb')).toEqual({ handler: first, params: { answer: 'a/b' } })
    expect(match('GET', '/v1/answers')).toEqual({ handler: second, params: {} })
  })

  it('tells which methods a path has', () => {
    expect(match('DELETE', '/v1/answers/x')).toEqual({ allowed: ['GET'] })
  })

  it('matches nothing for an empty part, a broken escape or another path', () => {
    expect(match('GET', '/v1/answers/')).toBeUndefined()
    expect(match('GET', '/v1/answers/%E0%A4%A')).toBeUndefined()
    expect(match('GET', '/v2/answers')).toBeUndefined()
  })
})
