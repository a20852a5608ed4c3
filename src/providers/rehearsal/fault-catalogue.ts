import type { RehearsalFault } from './fault.ts'
import { bodyFaults } from './faults/body-faults.ts'
import { connectionFaults } from './faults/connection-faults.ts'
import { contentFaults } from './faults/content-faults.ts'
import { framingFaults } from './faults/framing-faults.ts'
import { statusFaults } from './faults/status-faults.ts'
import { streamFaults } from './faults/stream-faults.ts'

/** Every way of failing that the rehearsal server knows, as providers fail on the wire. */
export const faultCatalogue: readonly RehearsalFault[] = [
  ...statusFaults,
  ...connectionFaults,
  ...bodyFaults,
  ...streamFaults,
  ...framingFaults,
  ...contentFaults,
]

const byId = new Map(faultCatalogue.map((fault) => [fault.id, fault]))

/** The fault of that id; undefined where there is none. */
export function findFault(id: string): RehearsalFault | undefined {
  return byId.get(id)
}
