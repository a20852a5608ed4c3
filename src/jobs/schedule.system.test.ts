import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentTelemetry } from '../base/telemetry-port.ts'
import { createQueueEngine } from './queue-engine.ts'
import { type Schedule, startSchedule } from './schedule.ts'

let folder: string
const started: Schedule[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-schedule-'))
})

afterEach(async () => {
  for (const schedule of started.splice(0)) await schedule.close()
  rmSync(folder, { recursive: true, force: true })
})

async function start(
  work: (signal: AbortSignal) => Promise<void>,
  options: { readonly cron?: string; readonly onError?: (error: unknown) => void } = {},
): Promise<Schedule> {
  const { cron = '* * * * * *', onError } = options
  const schedule = await startSchedule({
    engine: createQueueEngine(`sqlite:${join(folder, 'queue.db')}`),
    telemetry: { ...silentTelemetry, log: (_level, _text, _fields, error) => onError?.(error) },
    name: 'test',
    cron,
    option: 'test.cron',
    work,
  })
  started.push(schedule)
  return schedule
}

/** Work that notes each time when it is made, and what came of the first three. */
function counting() {
  const seconds: number[] = []
  const three = Promise.withResolvers<void>()
  const work = async () => {
    seconds.push(Math.round(Date.now() / 1_000))
    if (seconds.length === 3) three.resolve()
  }
  return { work, seconds, three: three.promise }
}

describe('a schedule', () => {
  it('is served by one of the processes that share its queue', async () => {
    const { work, seconds, three } = counting()
    await start(work)
    await start(work)
    await three
    expect(new Set(seconds).size).toBe(seconds.length)
  })

  it('goes on after work that failed, and tells of it', async () => {
    const errors: unknown[] = []
    const second = Promise.withResolvers<void>()
    let runs = 0
    const work = async () => {
      if (++runs === 1) throw new Error('no cases')
      second.resolve()
    }
    await start(work, { onError: (error) => errors.push(error) })
    await second.promise
    expect(errors).toEqual([expect.objectContaining({ message: 'no cases' })])
  })

  it('breaks off what is at work when it is closed', async () => {
    const working = Promise.withResolvers<void>()
    const reasons: unknown[] = []
    const schedule = await start(async (signal) => {
      working.resolve()
      await new Promise<void>((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reasons.push(signal.reason.name)
          reject(signal.reason)
        })
      })
    })
    await working.promise
    await schedule.close()
    expect(reasons).toEqual(['AbortError'])
  })

  it('refuses a rule that it cannot read', async () => {
    await expect(start(async () => {}, { cron: 'each night' })).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringMatching(/test\.cron is "each night"; expected a cron rule/),
    })
  })
})
