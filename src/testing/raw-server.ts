import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

/** One request as it arrived, and the socket to answer it byte by byte. */
export interface RawExchange {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly socket: Socket
}

export interface RawServer {
  /** Such as `http://127.0.0.1:40123`. */
  readonly url: string
  /** Every request so far, oldest first. */
  readonly exchanges: readonly RawExchange[]
  /** The next request that arrives. */
  next(): Promise<RawExchange>
  /** The next connection that is opened, also one that never becomes a request. */
  nextConnection(): Promise<Socket>
  close(): Promise<void>
}

/**
 * A server on loopback that leaves every byte of its answers to the test, so that it can say what no
 * HTTP library would send.
 */
export async function startRawServer(
  answer: (exchange: RawExchange) => void = () => {},
): Promise<RawServer> {
  const exchanges: RawExchange[] = []
  const waiting: ((exchange: RawExchange) => void)[] = []
  const waitingForConnection: ((socket: Socket) => void)[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    waitingForConnection.shift()?.(socket)
    socket.on('close', () => sockets.delete(socket))
    // A reset by the client is what several tests are about, not an error of theirs.
    socket.on('error', () => {})
    readRequests(socket, (exchange) => {
      exchanges.push(exchange)
      waiting.shift()?.(exchange)
      answer(exchange)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    exchanges,
    next: () => new Promise((resolve) => waiting.push(resolve)),
    nextConnection: () => new Promise((resolve) => waitingForConnection.push(resolve)),
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** The bytes of an answer: status line, headers, body. Without `content-length` the end of the connection ends it. */
export function httpAnswer(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string | Buffer = '',
): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.concat([
    Buffer.from(`HTTP/1.1 ${status} Status\r\n${lines.join('')}\r\n`),
    Buffer.from(body),
  ])
}

/** A piece of a body with `transfer-encoding: chunked`; an empty one ends the body. */
export function httpChunk(text: string | Buffer): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([
    Buffer.from(`${bytes.length.toString(16)}\r\n`),
    bytes,
    Buffer.from('\r\n'),
  ])
}

function readRequests(socket: Socket, give: (exchange: RawExchange) => void): void {
  let pending = Buffer.alloc(0)
  socket.on('data', (bytes: Buffer) => {
    pending = Buffer.concat([pending, bytes])
    for (;;) {
      const end = pending.indexOf('\r\n\r\n')
      if (end === -1) return
      const [first = '', ...lines] = pending.subarray(0, end).toString('latin1').split('\r\n')
      const headers = Object.fromEntries(lines.map(toHeader))
      const total = end + 4 + Number(headers['content-length'] ?? 0)
      if (pending.length < total) return
      const body = pending.subarray(end + 4, total).toString('utf8')
      pending = pending.subarray(total)
      give({ path: first.split(' ')[1] ?? '', headers, body, socket })
    }
  })
}

function toHeader(line: string): [string, string] {
  const colon = line.indexOf(':')
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
}
