import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { FromOther, ToOther } from './other-process-main.ts'

/** Another process on the same queue file, which does as it is told and may be killed. */
export class OtherProcess {
  readonly #child: ChildProcess
  readonly #listeners = new Set<(message: FromOther) => void>()

  private constructor(child: ChildProcess) {
    this.#child = child
    child.on('message', (message: FromOther) => {
      for (const listener of this.#listeners) listener(message)
    })
  }

  /** Starts it and waits until it has the file open. */
  static async start(path: string, queueName: string): Promise<OtherProcess> {
    const main = fileURLToPath(new URL('./other-process-main.ts', import.meta.url))
    const other = new OtherProcess(fork(main, [path, queueName]))
    onTestFinished(() => other.kill())
    await other.next('ready')
    return other
  }

  tell(message: ToOther): void {
    this.#child.send(message)
  }

  /** Calls back with each message that it sends. */
  onMessage(listener: (message: FromOther) => void): void {
    this.#listeners.add(listener)
  }

  next<Kind extends FromOther['kind']>(
    kind: Kind,
    count = 1,
  ): Promise<Extract<FromOther, { kind: Kind }>> {
    let left = count
    return new Promise((resolve) => {
      const listener = (message: FromOther) => {
        if (message.kind !== kind) return
        left -= 1
        if (left > 0) return
        this.#listeners.delete(listener)
        resolve(message as Extract<FromOther, { kind: Kind }>)
      }
      this.#listeners.add(listener)
    })
  }

  /** Ends it without any warning; resolves when it is gone. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const gone = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill('SIGKILL')
    await gone
  }
}
