import type { Clock } from '../base/clock.ts'
import type { Telemetry } from '../base/telemetry-port.ts'
import type { QueueEngine } from '../jobs/queue-engine.ts'
import { type Schedule, startSchedule } from '../jobs/schedule.ts'
import type { CheckStore } from '../store/check-store.ts'
import { createCheckHistory } from './check-history.ts'
import type { HoldfastConfig } from './holdfast.ts'
import { reportCheck } from './report-check.ts'
import { runCheck } from './run-check.ts'
import { readCases } from './saved-cases.ts'
import { createTrials } from './trials.ts'

const scheduleName = 'holdfast-checks'

/** Before the working day, and when providers have rolled out what they roll out at night. */
const defaultCron = '0 5 * * *'

interface CheckParts {
  readonly engine: QueueEngine
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly store: { readonly checks: CheckStore }
}

/**
 * Checks the models at set times, where the config asks for it and this process makes answers.
 *
 * @throws INVALID_CONFIG for a rule or a folder of cases that cannot be read.
 */
export async function startChecks(config: HoldfastConfig, parts: CheckParts): Promise<Schedule> {
  const { checks, concurrency } = config
  if (!checks || concurrency === 0) return { close: async () => {} }
  const { engine, clock, telemetry, store } = parts
  // A folder without cases is found at the start, and not in the night.
  readCases(checks.cases)
  return startSchedule({
    engine,
    telemetry,
    name: scheduleName,
    cron: checks.cron ?? defaultCron,
    option: 'checks.cron',
    async work(signal) {
      const trials = await createTrials(config)
      const history = createCheckHistory(store.checks)
      const cases = readCases(checks.cases)
      await reportCheck(telemetry, () =>
        runCheck({ trials, cases, history, clock, signal }),
      ).finally(() => trials.close())
    },
  })
}
