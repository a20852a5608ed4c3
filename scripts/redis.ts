import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findOrInstall } from './find-program.ts'
import { freePort } from './free-port.ts'

/** A Redis for the tests. */
export interface TestRedis {
  readonly url: string
  stop(): Promise<void>
}

/** The Redis that REDIS_URL names, else a server of our own on a free port of loopback. */
export async function startRedis(): Promise<TestRedis> {
  const named = process.env.REDIS_URL
  if (named) return { url: named, stop: async () => {} }
  const program = findOrInstall({
    names: ['redis-server', 'valkey-server'],
    aptPackage: 'redis-server',
    brewPackage: 'redis',
    variable: 'REDIS_URL',
  })
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-redis-'))
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder]
  const server = spawn(
    program,
    [...args, '--appendonly', 'yes', '--maxmemory-policy', 'noeviction'],
    {
      stdio: 'ignore',
    },
  )
  await answersPing(port, server)
  return {
    url: `redis://127.0.0.1:${port}`,
    async stop() {
      await end(server)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Resolves when the server answers; it is asked again until then. */
async function answersPing(port: number, server: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (server.exitCode !== null)
      throw new Error(`redis-server ended with status ${server.exitCode}.`)
    if (await ping(port)) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`redis-server does not answer on port ${port}.`)
}

function ping(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1', () => socket.write('PING\r\n'))
    const settle = (answered: boolean) => {
      socket.destroy()
      resolve(answered)
    }
    socket.once('data', (data) => settle(data.toString().startsWith('+PONG')))
    socket.once('error', () => settle(false))
  })
}

function end(server: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (server.exitCode !== null) return resolve()
    server.once('exit', () => resolve())
    server.kill('SIGTERM')
  })
}
