import { messageOf } from '../base/errors.ts'

/** Stops gracefully at the first SIGINT or SIGTERM, and at once at the second. */
export function onStopSignal(stop: () => Promise<void>): void {
  let stopping = false
  const onSignal = () => {
    if (stopping) process.exit(130)
    stopping = true
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`The stop failed: ${messageOf(error)}\n`)
        process.exit(1)
      },
    )
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
}
