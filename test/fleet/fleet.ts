import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../scripts/free-port.ts'
import {
  type RehearsalServer,
  type RehearsalServerOptions,
  startRehearsalServer,
} from '../../src/providers/rehearsal/rehearsal-server.ts'

/** Real processes of the built command line that share one queue and one store, and their provider. */
export interface Fleet {
  readonly provider: RehearsalServer
  /** Starts `holdfast serve` without a worker; settles when it listens. */
  startServer(): Promise<FleetServer>
  /** Starts `holdfast worker`; settles when it works. */
  startWorker(options?: WorkerOptions): Promise<FleetProcess>
  /** Runs another command to its end. */
  run(...args: string[]): Promise<{ readonly code: number; readonly stdout: string }>
  /** Kills what still runs, and removes the data. */
  close(): Promise<void>
}

export interface FleetProcess {
  /** Ends it at once, as `kill -9` does; settles when it is gone. */
  kill(): Promise<void>
  /** Starts it anew, with the same address; settles when it is ready. */
  restart(): Promise<void>
  /** Asks it to stop (SIGTERM) and settles with its exit code when it is gone. */
  stop(): Promise<number | null>
}

export interface FleetServer extends FleetProcess {
  readonly url: string
}

export interface WorkerOptions {
  readonly concurrency?: number
  readonly graceMs?: number
}

export interface FleetOptions {
  /** Default: SQLite in a folder of the fleet. */
  readonly queue?: string
  readonly store?: string
  readonly provider?: RehearsalServerOptions
}

const root = join(import.meta.dirname, '../..')
const command = join(root, 'dist/cli/main.js')
const config = join(import.meta.dirname, 'fleet.config.mjs')

export async function startFleet(options: FleetOptions = {}): Promise<Fleet> {
  const provider = await startRehearsalServer({
    firstTokenMs: 20,
    tokensPerSecond: 100,
    ...options.provider,
  })
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-fleet-'))
  const { OPENAI_API_KEY, ANTHROPIC_API_KEY, HOLDFAST_API_KEY, ...inherited } = process.env
  const env = {
    ...inherited,
    LOG_LEVEL: 'silent',
    // What is started again and again is compiled once.
    NODE_COMPILE_CACHE: join(folder, 'compiled'),
    FLEET_DATA: folder,
    FLEET_PROVIDER: provider.baseUrl,
    ...(options.queue !== undefined && { HOLDFAST_QUEUE: options.queue }),
    ...(options.store !== undefined && { HOLDFAST_STORE: options.store }),
  }
  const members: Member[] = []
  const start = async (name: string, flags: readonly string[]): Promise<Member> => {
    const member = new Member([command, name, ...flags, '--config', config], env)
    members.push(member)
    await member.start()
    return member
  }
  return {
    provider,
    async startServer() {
      const port = await freePort()
      const member = await start('serve', ['--port', String(port), '--concurrency', '0'])
      return member.served(`http://127.0.0.1:${port}`)
    },
    startWorker: ({ concurrency = 4, graceMs = 10_000 } = {}) =>
      start('worker', ['--concurrency', String(concurrency), '--grace', String(graceMs)]),
    run: (...args) =>
      new Promise((resolve) => {
        const all = [command, ...args, '--config', config]
        execFile(process.execPath, all, { env }, (error, stdout) =>
          resolve({ code: error ? Number(error.code) : 0, stdout }),
        )
      }),
    async close() {
      await Promise.all(members.map((member) => member.kill()))
      await provider.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

class Member implements FleetProcess {
  readonly #args: readonly string[]
  readonly #env: NodeJS.ProcessEnv
  #child: ChildProcess | undefined

  constructor(args: readonly string[], env: NodeJS.ProcessEnv) {
    this.#args = args
    this.#env = env
  }

  /** Settles with the first line that it prints, which says that it is ready. */
  start(): Promise<void> {
    const child = spawn(process.execPath, this.#args, {
      env: this.#env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    let output = ''
    child.stderr.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
    return new Promise((resolve, reject) => {
      child.stdout.once('data', () => resolve())
      child.once('exit', (code, signal) => {
        reject(new Error(`The process ended (${code ?? signal}) before it was ready.\n${output}`))
      })
    })
  }

  async kill(): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }

  restart(): Promise<void> {
    return this.start()
  }

  async stop(): Promise<number | null> {
    const child = this.#child
    if (!child) return null
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await gone
    }
    return child.exitCode
  }

  served(url: string): FleetServer {
    return {
      url,
      kill: () => this.kill(),
      restart: () => this.restart(),
      stop: () => this.stop(),
    }
  }
}
