import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type LoopbackTraffic, watchLoopback } from './loopback-traffic.ts'

let traffic: LoopbackTraffic
let server: Server
let accepted: Promise<Socket>
const sockets: Socket[] = []

beforeEach(async () => {
  traffic = watchLoopback()
  server = createServer().listen(0, '127.0.0.1')
  accepted = once(server, 'connection').then(([socket]) => socket as Socket)
  await once(server, 'listening')
})

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
  server.close()
  traffic.close()
})

/** Both ends of a connection; the server's is read. */
async function connectEnds(): Promise<{ client: Socket; other: Socket }> {
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  client.on('error', () => undefined)
  const other = await accepted
  other.on('error', () => undefined)
  if (client.connecting) await once(client, 'connect')
  sockets.push(client, other)
  return { client, other }
}

const isUnderWay = () => traffic.look().isUnderWay

async function settled(): Promise<void> {
  for (let turn = 0; turn < 100 && isUnderWay(); turn++) {
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe('watchLoopback', () => {
  it('sees a connection on its way', async () => {
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
    sockets.push(client)
    expect(isUnderWay()).toBe(true)
    sockets.push(await accepted)
    await settled()
    expect(isUnderWay()).toBe(false)
  })

  it('sees bytes until they are read', async () => {
    const { client, other } = await connectEnds()
    other.resume()
    await settled()
    client.write('some bytes')
    expect(traffic.look()).toEqual({ isUnderWay: true, hasMoved: true })
    await once(other, 'data')
    expect(traffic.look()).toEqual({ isUnderWay: false, hasMoved: true })
    expect(traffic.look()).toEqual({ isUnderWay: false, hasMoved: false })
  })

  it('does not count bytes that nobody wants yet', async () => {
    const { client, other } = await connectEnds()
    other.pause()
    client.write(Buffer.alloc(8 * 1024 * 1024))
    await settled()
    expect(other.bytesRead).toBeLessThan(client.bytesWritten)
    expect(isUnderWay()).toBe(false)
    other.resume()
    await once(other, 'data')
    expect(isUnderWay()).toBe(true)
  })

  it.each([
    ['an end', (client: Socket) => client.end()],
    ['a close', (client: Socket) => client.destroy()],
    ['a reset', (client: Socket) => client.resetAndDestroy()],
  ])('sees %s until the other side knows', async (_name, leave) => {
    const { client, other } = await connectEnds()
    other.resume()
    await settled()
    const closed = new Promise((resolve) => other.once('close', resolve))
    leave(client)
    if (!client.writableFinished && !client.destroyed) await once(client, 'finish')
    expect(isUnderWay()).toBe(true)
    await closed
    await settled()
    expect(isUnderWay()).toBe(false)
  })
})
