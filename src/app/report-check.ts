import type { Telemetry } from '../base/telemetry-port.ts'
import { checkSpan, modelChangedEvent, own } from '../model/conventions.ts'
import type { CheckReport } from './run-check.ts'

/**
 * Makes a check in a trace of its own and tells what it found: a line of the log, a measurement and an
 * event for each change.
 */
export async function reportCheck(
  telemetry: Telemetry,
  check: () => Promise<CheckReport>,
): Promise<void> {
  const trace = telemetry.startTrace(checkSpan)
  const report = await check().catch((error: unknown) => {
    trace.end(error)
    throw error
  })
  const changes = report.models.flatMap(({ pipeline, model, findings }) =>
    findings.map((finding) => ({ ...finding, pipeline, model })),
  )
  // Degraded, so that the sampling of traces keeps it.
  trace.set({ [own.checkCases]: report.cases, [own.degraded]: changes.length > 0 })
  for (const { pipeline, model, outcome } of report.results) {
    telemetry.measure('holdfast.check.answers', 1, { [own.pipeline]: pipeline, model, outcome })
  }
  for (const { pipeline, model, change, level, text } of changes) {
    const facts = { [own.pipeline]: pipeline, model, change }
    telemetry.measure('holdfast.model.changes', 1, facts)
    trace.event(modelChangedEvent, { ...facts, level, detail: text })
    const { traceId } = trace
    telemetry.log('warn', 'A model is not what it was.', {
      traceId,
      pipeline,
      model,
      change,
      detail: text,
    })
  }
  const { traceId } = trace
  const fields = { traceId, cases: report.cases, models: report.models.length }
  telemetry.log('info', 'The models were checked.', { ...fields, changes: changes.length })
  trace.end()
}
