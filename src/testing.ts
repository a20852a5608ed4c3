/** What the tests of an application need: fake time, scripted models, and drills. */

export { type FaultInfo, listFaults } from './drill/faults.ts'
export { formatReports } from './drill/format-report.ts'
export { pipelineSubject } from './drill/pipeline-subject.ts'
export type { DrillReport } from './drill/report.ts'
export { type DrillOptions, runDrill } from './drill/run-drill.ts'
export type { Scenario } from './drill/scenario.ts'
export { scenarios, scenariosFor } from './drill/scenarios.ts'
export * from './testing/index.ts'
export { createVirtualClock, type VirtualClock } from './testing/virtual-clock.ts'
