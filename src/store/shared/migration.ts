import { storeUnavailable } from './store-error.ts'

/** One step of a schema. A step that has been released is never changed; a new one is added. */
export interface Migration {
  /** From 1, +1 each. */
  readonly version: number
  readonly name: string
  readonly sql: string
}

/**
 * Whether steps are left to do on a schema of the version `found`. A schema newer than the last step
 * known here is refused with STORE_UNAVAILABLE.
 */
export function needsMigration(
  location: string,
  found: number,
  steps: readonly Migration[],
): boolean {
  const newest = steps.at(-1)?.version ?? 0
  if (found > newest) {
    throw storeUnavailable(
      location,
      `it was written by a newer release of holdfast (schema ${found}; this release knows up to ${newest}). Upgrade holdfast, or set another place`,
    )
  }
  return found < newest
}
