import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { type Clock, sleep } from '../../base/clock.ts'
import type { Step } from './step.ts'

/** Where the steps are played, and who is told what they cost. */
export interface Stage {
  readonly response: ServerResponse
  readonly clock: Clock
  /** Aborts when the client leaves. */
  readonly signal: AbortSignal
  bill(tokens: number): void
  answered(status: number): void
}

/** Plays an answer to its end; rejects with the signal's reason when the client leaves before. */
export async function playSteps(steps: readonly Step[], stage: Stage): Promise<void> {
  for (const step of steps) {
    stage.signal.throwIfAborted()
    await play(step, stage)
  }
}

async function play(step: Step, stage: Stage): Promise<void> {
  const { response, clock, signal } = stage
  switch (step.do) {
    case 'wait':
      return step.ms > 0 ? sleep(clock, step.ms, signal) : undefined
    case 'flush':
      return flush()
    case 'head':
      response.writeHead(step.status, step.headers)
      response.flushHeaders()
      stage.answered(step.status)
      return
    case 'write':
      stage.bill(step.tokens ?? 0)
      return write(step.bytes, stage)
    case 'end':
      response.end()
      return
    case 'reset':
      response.socket?.resetAndDestroy()
      return
    case 'hang-up':
      response.socket?.end()
      return
    case 'hang':
      return untilLeft(signal)
    case 'repeat':
      for (;;) {
        await sleep(clock, step.everyMs, signal)
        await write(step.bytes, stage)
      }
    case 'flood':
      for (let time = 0; time < step.times; time++) {
        stage.bill(step.tokens)
        await write(step.bytes, stage)
      }
      return
  }
}

/** Writes, and waits where the client does not take it. */
async function write(bytes: string | Buffer, { response, signal }: Stage): Promise<void> {
  if (!response.write(bytes)) await once(response, 'drain', { signal })
}

/** Two turns of the event loop: by then what was written is with the kernel. */
async function flush(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise<void>((resolve) => setImmediate(resolve))
}

function untilLeft(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
