import { expect, it } from 'vitest'
import { runKills } from './fleet/kill-run.ts'

// `npm run bench -- kills` does the same with 300 kills, and says how long followers saw nothing.
it('every acknowledged answer ends once over kills of servers and workers', async () => {
  const report = await runKills({ kills: 15, seed: 1 })
  expect(report.acknowledged).toBeGreaterThan(30)
  expect(report.followed).toBeGreaterThan(15)
  expect(report).toMatchObject({ lost: 0, brokenLogs: 0, brokenFollowings: 0 })
  // The workers are killed at work, so that something is begun again, and each of it is counted.
  expect(report.repeatedRuns).toBeGreaterThan(0)
  expect(report.repeatedRuns).toBeGreaterThanOrEqual(report.repeatedCalls)
}, 120_000)
