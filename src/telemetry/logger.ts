import { pino } from 'pino'
import { invalidConfig } from '../base/errors.ts'

/** What a log must offer: pino's own shape, so any pino logger fits. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
  /** Lines that were not written because nobody took them. Read for the metrics, where it is there. */
  readonly droppedLines?: number
}

const levels = ['debug', 'info', 'warn', 'error', 'silent']

/** What may wait for a reader of the log; then lines are dropped, since a call must not wait for it. */
const mostBufferedBytes = 1024 * 1024

/**
 * JSON lines on standard error, so that standard output stays the program's own. Lines are written
 * beside the call: a pipe that nobody reads holds nothing up. What waits when the process exits is
 * written then.
 */
export function createLogger(level = 'info', fd = 2): Logger {
  if (!levels.includes(level))
    throw invalidConfig('log level', level, `one of ${levels.join(', ')}`)
  let droppedLines = 0
  const destination = pino.destination({ fd, sync: false, maxLength: mostBufferedBytes })
  destination.on('drop', () => droppedLines++)
  const logger = pino({ level, base: null }, destination)
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    get droppedLines() {
      return droppedLines
    },
  }
}
