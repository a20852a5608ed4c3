import { expect, test } from 'vitest'
import { connectionAddress } from './connection-address.ts'

test.each([
  ['postgres://ada:secret@db:5432/app', 'postgres://db:5432/app'],
  ['postgres://ada@db/app?password=secret&sslmode=require', 'postgres://db/app'],
  ['postgresql:///app?host=/var/run/postgresql', 'postgresql:///app'],
  ['redis://:secret@[::1]:6379/0#secret', 'redis://[::1]:6379/0'],
  ['postgres://ada:sec#ret@db:5432/app', 'postgres://…'],
  ['postgres://ada:12/34@db:5432/app', 'postgres://…'],
  ['secret', '…'],
  ['', '…'],
])('the address in %s is %s', (connection, address) => {
  expect(connectionAddress(connection)).toBe(address)
})
