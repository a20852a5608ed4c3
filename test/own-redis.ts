import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { findOrInstall } from '../scripts/find-program.ts'
import { freePort } from '../scripts/free-port.ts'
import { sleep, systemClock } from '../src/base/clock.ts'

/**
 * A Redis of one test that can be killed, stopped and started again at the same port. It keeps nothing,
 * unless the settings say so.
 */
export async function startOwnRedis(...settings: readonly string[]) {
  const program = findOrInstall({
    names: ['redis-server', 'valkey-server'],
    aptPackage: 'redis-server',
    brewPackage: 'redis',
    variable: 'REDIS_URL',
  })
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-redis-'))
  let server: ChildProcess | undefined
  async function start() {
    const where = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder]
    const args = [...where, '--save', '', '--appendonly', 'no', ...settings]
    server = spawn(program, args, { stdio: 'ignore' })
    while (!(await connects(port))) await sleep(systemClock, 20)
  }
  async function kill() {
    const gone = server?.exitCode === null && server.signalCode === null && once(server, 'exit')
    server?.kill('SIGKILL')
    await gone
  }
  onTestFinished(async () => {
    await kill()
    rmSync(folder, { recursive: true, force: true })
  })
  await start()
  const signal = (name: 'SIGSTOP' | 'SIGCONT') => server?.kill(name)
  return { url: `redis://127.0.0.1:${port}`, start, kill, signal }
}

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
