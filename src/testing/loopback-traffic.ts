import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Socket } from 'node:net'
import { isRecord } from '../base/json.ts'

/**
 * Whether anything is on its way between the sockets of this process.
 *
 * A test whose servers run in its own process can know this exactly, which no count of event-loop turns
 * can on a busy machine: what one end of a connection has written and the other has not read is under
 * way, and so is a connection that one end alone knows of, or that one end alone has closed. Bytes that
 * nobody wants to read yet stay where they are and do not count. Of a connection to another process one
 * end alone is seen; it counts while it waits for an answer, that is, has written and not read since.
 */
export interface LoopbackTraffic {
  /** What is so now, and whether a socket did anything since the last look. */
  look(): { readonly isUnderWay: boolean; readonly hasMoved: boolean }
  /** Stops watching. */
  close(): void
}

/** Watches every TCP socket that is opened from now on. */
export function watchLoopback(): LoopbackTraffic {
  const ends = new Set<SocketEnd>()
  const unpaired = new Map<string, SocketEnd>()
  let openedOrClosed = 0
  let seenOpenedOrClosed = 0

  const pair = (end: SocketEnd) => {
    const { key } = end
    const other = unpaired.get(key)
    if (other && other.side !== end.side) {
      unpaired.delete(key)
      end.other = other
      other.other = end
    } else unpaired.set(key, end)
  }
  const add = (side: SocketEnd['side'], message: unknown) => {
    if (!isRecord(message) || !(message.socket instanceof Socket)) return
    const end = new SocketEnd(message.socket, side)
    ends.add(end)
    openedOrClosed++
    if (side === 'server') pair(end)
    else end.socket.once('connect', () => pair(end))
    end.socket.once('close', () => {
      openedOrClosed++
      if (unpaired.get(end.key) === end) unpaired.delete(end.key)
    })
  }
  const addClient = (message: unknown) => add('client', message)
  const addServer = (message: unknown) => add('server', message)
  subscribe('net.client.socket', addClient)
  subscribe('net.server.socket', addServer)

  return {
    look() {
      let hasMoved = openedOrClosed !== seenOpenedOrClosed
      seenOpenedOrClosed = openedOrClosed
      let isUnderWay = false
      for (const end of ends) {
        if (end.update()) hasMoved = true
        if (end.isUnderWay()) isUnderWay = true
        else if (end.isOver()) ends.delete(end)
      }
      return { isUnderWay, hasMoved }
    },
    close() {
      unsubscribe('net.client.socket', addClient)
      unsubscribe('net.server.socket', addServer)
      ends.clear()
    },
  }
}

/** One end of a connection; `other` is the end in this process that it is connected to. */
class SocketEnd {
  readonly socket: Socket
  readonly side: 'client' | 'server'
  other: SocketEnd | undefined
  #key = ''
  #written = 0
  #read = 0
  #hasRead = false
  #hasEnded = false

  constructor(socket: Socket, side: 'client' | 'server') {
    this.socket = socket
    this.side = side
    socket.once('end', () => {
      this.#hasEnded = true
    })
  }

  /** The same for both ends. A socket forgets its ports when it closes, so the first sight counts. */
  get key(): string {
    const { localPort, remotePort } = this.socket
    if (this.#key === '' && localPort !== undefined && remotePort !== undefined) {
      const ports = [localPort, remotePort]
      this.#key = (this.side === 'client' ? ports : ports.reverse()).join('>')
    }
    return this.#key
  }

  /** Whether bytes have been written or read since the last time. */
  update(): boolean {
    const { bytesWritten, bytesRead } = this.socket
    const hasWritten = bytesWritten !== this.#written
    const hasRead = bytesRead !== this.#read
    this.#written = bytesWritten
    this.#read = bytesRead
    if (hasWritten) this.#hasRead = false
    if (hasRead) this.#hasRead = true
    return hasWritten || hasRead
  }

  isUnderWay(): boolean {
    const { socket, other } = this
    // biome-ignore lint/complexity/useOptionalChain: a chain cannot hold a private name.
    if (socket.destroyed) return other !== undefined && other.#isToLearnOfEnd()
    if (socket.connecting) return true
    if (!other) return this.side === 'client' && !this.#hasRead
    if (socket.writableFinished && other.#isToLearnOfEnd()) return true
    return socket.bytesWritten > other.socket.bytesRead && other.#wantsBytes()
  }

  isOver(): boolean {
    return this.socket.closed && (this.other?.socket.closed ?? true)
  }

  #isToLearnOfEnd(): boolean {
    return !this.#hasEnded && this.socket.readableLength === 0 && this.#wantsBytes()
  }

  /** Node has no public word for whether a socket is being read: the handle under it knows. */
  #wantsBytes(): boolean {
    const { socket } = this
    if (socket.destroyed) return false
    const handle: unknown = Reflect.get(socket, '_handle')
    return !isRecord(handle) || handle.reading !== false
  }
}
