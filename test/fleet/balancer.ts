import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** One address in front of several servers, as deployments have it: connections go to one that answers. */
export interface Balancer {
  readonly url: string
  close(): void
}

export async function startBalancer(urls: readonly string[]): Promise<Balancer> {
  const ports = urls.map((url) => Number(new URL(url).port))
  const open = new Set<Socket>()
  let turn = 0
  const server = createServer((client) => {
    open.add(client)
    client.once('close', () => open.delete(client))
    // A connection that breaks is closed on both sides, which is all that there is to tell.
    client.on('error', () => client.destroy())
    forward(client, rotated(ports, turn++))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
}

/** Connects to the first of the ports that answers. */
function forward(client: Socket, [port, ...others]: readonly number[]): void {
  if (port === undefined) {
    client.destroy()
    return
  }
  const upstream = connect(port, '127.0.0.1')
  const onRefused = () => forward(client, others)
  upstream.once('error', onRefused)
  upstream.once('connect', () => {
    upstream.off('error', onRefused)
    upstream.on('error', () => upstream.destroy())
    upstream.once('close', () => client.destroy())
    client.once('close', () => upstream.destroy())
    client.pipe(upstream).pipe(client)
  })
}

function rotated(ports: readonly number[], turn: number): readonly number[] {
  const start = turn % ports.length
  return [...ports.slice(start), ...ports.slice(0, start)]
}
