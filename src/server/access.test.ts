import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { createAccess } from './access.ts'

const request = (headers: IncomingHttpHeaders) => ({ headers }) as IncomingMessage

const known = createAccess('s3cret', ({ headers }) => headers.cookie)

describe('the user of a request', () => {
  it('is who the application knows it to be, without the key', async () => {
    expect(await known.userOf(request({ cookie: 'ada' }))).toBe('ada')
    expect(known.allows(request({ cookie: 'ada' }))).toBe(false)
  })

  it('is nobody with the key alone', async () => {
    const withKey = known.userOf(request({ authorization: 'Bearer s3cret' }))
    await expect(withKey).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })

  it('is nobody for a page of another site', async () => {
    const foreign = { cookie: 'ada', host: 'localhost', origin: 'https://evil.example' }
    await expect(known.userOf(request(foreign))).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })

  it('is not asked for where there are no users', async () => {
    const access = createAccess('s3cret')
    expect(await access.userOf(request({ authorization: 'Bearer s3cret' }))).toBeUndefined()
    await expect(access.userOf(request({}))).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })
})

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
