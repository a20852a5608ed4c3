import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { createAccess } from './access.ts'

const request = (headers: IncomingHttpHeaders) => ({ headers }) as IncomingMessage

describe('createAccess', () => {
  it('lets in programs and pages of its own origin without a key', () => {
    const access = createAccess(undefined)
    expect(access.allows(request({ host: 'localhost:8787' }))).toBe(true)
    expect(
      access.allows(request({ host: 'localhost:8787', origin: 'http://localhost:8787' })),
    ).toBe(true)
  })

  it('keeps out pages of other origins without a key', () => {
    const access = createAccess(undefined)
    expect(access.allows(request({ host: 'localhost:8787', origin: 'https://evil.example' }))).toBe(
      false,
    )
    expect(access.allows(request({ host: 'localhost:8787', origin: 'null' }))).toBe(false)
  })

  it('wants the key, as a bearer or as a subprotocol', () => {
    const access = createAccess('s3cret')
    expect(access.allows(request({}))).toBe(false)
    expect(access.allows(request({ authorization: 'Bearer s3cret' }))).toBe(true)
    expect(access.allows(request({ authorization: 'Bearer s3cre' }))).toBe(false)
    const protocol = 'holdfast.v1, holdfast.key.s3cret'
    expect(access.allows(request({ 'sec-websocket-protocol': protocol }))).toBe(true)
  })
})
