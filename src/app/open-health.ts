import type { Clock } from '../base/clock.ts'
import type { Telemetry } from '../base/telemetry-port.ts'
import { createSharedHealth, type SharedHealth } from '../resilience/health.ts'
import { createRedisHealthStore } from '../resilience/redis/redis-health-store.ts'
import type { HoldfastConfig } from './holdfast.ts'

export interface OpenHealth {
  readonly shared: SharedHealth
  close(): Promise<void>
}

/** What one pipeline learns of a model is known to all, and where Redis is named to all processes. */
export async function openHealth(
  config: HoldfastConfig,
  clock: Clock,
  telemetry: Telemetry,
): Promise<OpenHealth> {
  const connection = config.health ?? process.env.HOLDFAST_HEALTH
  if (!connection) return { shared: createSharedHealth({ clock }), close: async () => {} }
  const store = await createRedisHealthStore({ connection, clock, telemetry })
  return { shared: createSharedHealth({ clock, store }), close: () => store.close() }
}
