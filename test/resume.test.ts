/** A small run of the proof; `npm run bench -- resume` makes the large one. */
import { randomInt } from 'node:crypto'
import { expect, inject, it } from 'vitest'
import { runResumeTrial } from './resume/resume-trial.ts'

const redis = new URL(inject('redisUrl'))
// A database of its own, so that other tests do not see these logs.
redis.pathname = `/${randomInt(1, 16)}`

/** It takes some ten seconds; the processes that are started again take longer on a busy machine. */
const patienceMs = 180_000

it.concurrent.each([
  { name: 'SQLite', seed: 1 },
  { name: 'Redis', seed: 2, events: redis.href },
])(
  'no token is lost or doubled through cuts and kill -9, on $name',
  async ({ name, ...trial }) => {
    const result = await runResumeTrial({
      ...trial,
      answers: 24,
      tokensEach: 80,
      chunkMs: 15,
      serverKills: 2,
      workerKills: 1,
      cutEveryMs: 10,
    })
    expect(result).toMatchObject({ tokens: 1_920, lost: 0, doubled: 0, wrong: [], workerKills: 1 })
    expect(result.serverKills).toBe(2)
    expect(result.cuts).toBeGreaterThan(20)
  },
  patienceMs,
)
