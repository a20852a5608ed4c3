/**
 * Puts two guarded models through the drills, and next to them what else is in use.
 *
 * Usage: node bench/resilience.ts [--requests 1000] [--seeds 1,2,3] [--peers 0]
 *
 * The first table is in virtual time: exact, and the same on every machine. `--peers 200` drills the peers
 * that are installed with so many requests a scenario, in real time, since their clients keep it, and
 * Holdfast with them; give the machine nothing else to do meanwhile. All get the same limits: 1 s for an
 * attempt or its first content, 0.5 s between pieces, 3 s for the whole.
 */
import { parseArgs } from 'node:util'
import { systemClock } from '../src/base/clock.ts'
import { formatReports } from '../src/drill/format-report.ts'
import { guardedSubject } from '../src/drill/guarded-subject.ts'
import type { DrillReport } from '../src/drill/report.ts'
import { runDrill } from '../src/drill/run-drill.ts'
import type { Scenario } from '../src/drill/scenario.ts'
import { scenariosFor } from '../src/drill/scenarios.ts'
import type { DrillSubject } from '../src/drill/subject.ts'
import { createVirtualClock } from '../src/testing/virtual-clock.ts'
import { loadPeers } from './resilience-peers.ts'

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '1000' },
    seeds: { type: 'string', default: '1' },
    peers: { type: 'string', default: '0' },
  },
})
const limits = { deadlineMs: 3_000, attemptMs: 1_000, chunkMs: 500 }
const towns = ['Zürich', 'Kraków', 'São Paulo', '東京', 'Αθήνα', 'Reykjavík', 'Łódź', 'Besançon']
const endings = [
  '',
  ' It is insured.',
  ' Keep it away from heat and from cats.',
  ' It is insured, and it has to be signed for at the door by you.',
]
const holdfast = guardedSubject({
  questions: Array.from({ length: 40 }, (_, index) => {
    const parcel = `Parcel №${index} to ${towns[index % 8]} 📦 left on day ${(index % 28) + 1}`
    const courier = `The courier – Mr Ångström – hands it over in ${(index % 5) + 2} days.`
    return `Summarise this note:\n\n${parcel} and weighs ${3 * index} g. ${courier}${endings[index % 4]}`
  }),
  deadlineMs: limits.deadlineMs,
  policy: {
    name: 'Holdfast',
    timeout: {
      firstContentMs: limits.attemptMs,
      attemptMs: limits.attemptMs,
      chunkMs: limits.chunkMs,
    },
  },
})
const calm: Scenario = { name: 'calm', about: 'Nothing is wrong.', disturbances: [] }
const drills = [calm, ...scenariosFor(holdfast)]

for (const seed of values.seeds.split(',').map(Number)) await drillInVirtualTime(seed)
if (Number(values.peers) > 0) await drillPeers(Number(values.peers))
process.exit()

async function drillInVirtualTime(seed: number): Promise<void> {
  const reports: DrillReport[] = []
  const cpu = process.cpuUsage()
  for (const scenario of drills) {
    const clock = createVirtualClock()
    const requests = Number(values.requests)
    reports.push(await runDrill({ subject: holdfast, scenario, requests, seed, clock }))
    clock.close()
  }
  const { user, system } = process.cpuUsage(cpu)
  console.log(`\nHoldfast, virtual time, seed ${seed}`)
  console.log(formatReports(reports))
  console.log(`${((user + system) / 1e6).toFixed(1)} s of CPU time, both ends of the wire included`)
}

async function drillPeers(requests: number): Promise<void> {
  const subjects = [holdfast, ...(await loadPeers(holdfast, limits))]
  for (const subject of subjects) await drillInRealTime(subject, requests)
}

async function drillInRealTime(subject: DrillSubject, requests: number): Promise<void> {
  let strays = 0
  // What a client leaves behind is its own, and is not to end the drills of the others.
  const count = () => strays++
  process.on('unhandledRejection', count)
  const reports: DrillReport[] = []
  for (const scenario of drills) {
    reports.push(await runDrill({ subject, scenario, requests, clock: systemClock }))
  }
  process.off('unhandledRejection', count)
  console.log(`\n${subject.name}, real time`)
  console.log(formatReports(reports.map((report) => ({ ...report, problems: [] }))))
  if (strays > 0) console.log(`${strays} rejections that nobody handled`)
}
