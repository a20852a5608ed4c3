import { createHoldfast } from '../app/create-holdfast.ts'
import { invalidConfig } from '../base/errors.ts'
import { loadConfig } from './load-config.ts'
import { parseCount } from './parse-count.ts'
import { onStopSignal } from './stop-signal.ts'

export interface WorkerFlags {
  readonly config?: string
  readonly concurrency?: string
  readonly grace?: string
}

const defaultConcurrency = 16
const defaultGraceMs = 10_000

/** `holdfast worker`: makes the answers that were enqueued by servers and other programs. */
export async function workerCommand(flags: WorkerFlags): Promise<void> {
  const config = await loadConfig(flags.config)
  const graceMs = parseCount('--grace', flags.grace ?? String(defaultGraceMs))
  const concurrency = concurrencyOf(flags.concurrency, config.concurrency)
  const app = await createHoldfast({ ...config, concurrency })
  onStopSignal(() => app.close(graceMs))
  process.stdout.write(
    `Holdfast works, ${concurrency} answers at a time (answers come from ${app.chosenModels})\n`,
  )
}

/** A config that is made for servers may say 0, which a worker cannot mean. */
function concurrencyOf(flag: string | undefined, configured: number | undefined): number {
  if (flag === undefined) return configured || defaultConcurrency
  const concurrency = parseCount('--concurrency', flag)
  if (concurrency > 0) return concurrency
  throw invalidConfig('--concurrency', flag, 'at least 1')
}
