import { readRecordedCall } from '../app/recorded-call.ts'
import { writeCase } from '../app/saved-cases.ts'
import { drawWaterfall } from '../telemetry/waterfall.ts'
import { findTrace } from './find-trace.ts'
import { withApp } from './with-app.ts'

export interface TraceFlags {
  readonly config?: string
  /** True: into the folder of the cases, under a name of its own. */
  readonly saveTest?: string | true
}

/** `holdfast trace <id>`: the waterfall of one call, or its test case. */
export async function traceCommand(id: string, flags: TraceFlags): Promise<void> {
  const text = await withApp(flags.config, async (app) => {
    const trace = await findTrace(app, id)
    const { saveTest } = flags
    if (saveTest === undefined) return drawWaterfall(trace)
    const call = readRecordedCall(trace)
    const path = writeCase(call, saveTest === true ? undefined : saveTest)
    const held = call.model === undefined ? 'to the schema alone' : 'to the shape of this answer'
    return [
      `Written to ${path}. holdfast check holds each model of ${call.pipeline} ${held}; edit "expected" to change that.`,
      'It is sanitised, but a redactor does not know every name and secret: read it before you share it.',
    ].join('\n')
  })
  process.stdout.write(`${text}\n`)
}
