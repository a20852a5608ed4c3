/**
 * Kills servers and workers under load, as `kill -9` does, and counts what is lost, broken or repeated.
 *
 * Usage: npm run bench -- kills [--kills 300] [--seed 1] [--redis]
 *
 * It goes in rounds of 25 kills, each with a fleet and a seed of its own, and says what came of each: to
 * go on after a break, name the seed of the next one. The default is SQLite; with `--redis`, Redis has the
 * queue and Postgres the store. Build before (`npm run build`): the processes are the built command line.
 */
import { parseArgs } from 'node:util'
import { startPostgres } from '../scripts/postgres.ts'
import { startRedis } from '../scripts/redis.ts'
import { type KillReport, runKills } from '../test/fleet/kill-run.ts'

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    redis: { type: 'boolean', default: false },
  },
})
const killsPerRound = 25
const servers = values.redis ? await Promise.all([startRedis(), startPostgres()]) : undefined
const engines = servers && { queue: servers[0].url, store: servers[1].url }

const reports: KillReport[] = []
for (let left = Number(values.kills), seed = Number(values.seed); left > 0; seed++) {
  const kills = Math.min(killsPerRound, left)
  const report = await runKills({ kills, seed, ...engines })
  reports.push(report)
  console.log(describe(`seed ${seed}`, [report]))
  left -= kills
}
console.log(describe('all', reports))
await Promise.all((servers ?? []).map((server) => server.stop()))
process.exit(reports.some(isBroken) ? 1 : 0)

function isBroken({ lost, brokenLogs, brokenFollowings }: KillReport): boolean {
  return lost + brokenLogs + brokenFollowings > 0
}

function describe(name: string, all: readonly KillReport[]): string {
  const sum = (count: (report: KillReport) => number) =>
    all.reduce((total, report) => total + count(report), 0)
  const silences = all.flatMap(({ silencesMs }) => silencesMs).toSorted((a, b) => a - b)
  const quantile = (q: number) => {
    const ms = silences[Math.min(silences.length - 1, Math.floor(silences.length * q))] ?? 0
    return `${(ms / 1_000).toFixed(1)} s`
  }
  return [
    `${name}: ${sum(({ kills }) => kills)} kills`,
    `${sum(({ acknowledged }) => acknowledged)} acknowledged`,
    `lost ${sum(({ lost }) => lost)}`,
    `logs broken ${sum(({ brokenLogs }) => brokenLogs)}`,
    `followings broken ${sum(({ brokenFollowings }) => brokenFollowings)} of ${sum(({ followed }) => followed)}`,
    `runs repeated ${sum(({ repeatedRuns }) => repeatedRuns)}`,
    `calls repeated ${sum(({ repeatedCalls }) => repeatedCalls)}`,
    `next event after a disturbance (${silences.length}): median ${quantile(0.5)}, p95 ${quantile(0.95)}, longest ${quantile(1)}`,
  ].join(', ')
}
