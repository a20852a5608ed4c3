import { expect, test } from 'vitest'
import { loadDriver } from './load-driver.ts'

test('the driver is the package pg', async () => {
  expect(await loadDriver('postgres://db/app')).toHaveProperty('Pool')
})

test('a missing package is named with what to run', async () => {
  const missing = new Error("Cannot find package 'pg'")
  const loading = loadDriver('postgres://db/app', () => Promise.reject(missing))
  await expect(loading).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringMatching(/postgres:\/\/db\/app.*needs the package pg.*npm install pg@8/),
    cause: missing,
  })
})
