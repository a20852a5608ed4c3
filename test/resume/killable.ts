import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/** A process that is killed and started again. */
export interface Killable {
  readonly kills: number
  /** Kills it at once, and starts it again; resolves when it is ready. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** Starts a program of Node and resolves when it has written its first line. */
export async function startKillable(args: readonly string[]): Promise<Killable> {
  let child = await start(args)
  let kills = 0
  return {
    get kills() {
      return kills
    },
    async restart() {
      await kill(child)
      kills++
      child = await start(args)
    },
    stop: () => kill(child),
  }
}

async function start(args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${args[0]} ended with ${code} before it was ready.`)
  })
  await Promise.race([once(child.stdout ?? child, 'data'), ended])
  ended.catch(() => {})
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}
