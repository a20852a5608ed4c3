import { Duplex } from 'node:stream'
import { Agent, buildConnector, errors } from 'undici'
import type { Clock } from '../../base/clock.ts'

/**
 * 2 s: a TLS handshake takes three round trips, which is 0.6 s between continents. A host that
 * needs longer than three times that is down.
 */
export const defaultConnectTimeoutMs = 2_000

/** 30 s: half of the shortest idle limit that the load balancers of providers are known for (60 s). */
const keepAliveMs = 30_000

const sharedAgents = new WeakMap<Clock, Map<number, Agent>>()

/**
 * The process's pool of connections, shared by all models with the same connect timeout: one warm
 * TLS connection serves whoever calls that host next.
 */
export function sharedAgent(clock: Clock, connectTimeoutMs: number): Agent {
  let agents = sharedAgents.get(clock)
  if (!agents) {
    agents = new Map()
    sharedAgents.set(clock, agents)
  }
  let agent = agents.get(connectTimeoutMs)
  if (!agent) {
    agent = createAgent(clock, connectTimeoutMs)
    agents.set(connectTimeoutMs, agent)
  }
  return agent
}

/**
 * A pool that does nothing by itself but connect and keep alive: undici's retries do not apply to
 * POST, and its time-outs count bytes where ours count content, so they are off. HTTP/1.1 alone, so
 * that an aborted call closes a socket and the provider stops working for nobody.
 */
export function createAgent(clock: Clock, connectTimeoutMs: number): Agent {
  return new Agent({
    connect: connectWithin(clock, connectTimeoutMs),
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: keepAliveMs,
    pipelining: 1,
  })
}

/** Connects under our own timer: undici's has a resolution of half a second. */
function connectWithin(clock: Clock, timeoutMs: number): buildConnector.connector {
  const connect = buildConnector({ timeout: 0, allowH2: false })
  return (options, callback) => {
    // The connector returns its socket, which its type leaves out; undici cancels through it.
    const socket: unknown = connect(options, (...outcome) => {
      cancel()
      callback(...outcome)
    })
    const cancel = clock.setTimer(timeoutMs, () => {
      const address = `${options.hostname}:${options.port}`
      const error = new errors.ConnectTimeoutError(`No connection to ${address} in ${timeoutMs} ms`)
      if (socket instanceof Duplex) socket.destroy(error)
    })
    if (socket instanceof Duplex) socket.once('close', cancel)
    return socket
  }
}
