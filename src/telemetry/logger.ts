import { pino } from 'pino'
import { invalidConfig } from '../base/errors.ts'

/** What a log must offer: pino's own shape, so any pino logger fits. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

const levels = ['debug', 'info', 'warn', 'error', 'silent']

/** JSON lines on standard error, so that standard output stays the program's own. */
export function createLogger(level = 'info'): Logger {
  if (!levels.includes(level))
    throw invalidConfig('log level', level, `one of ${levels.join(', ')}`)
  return pino({ level, base: null }, pino.destination({ fd: 2, sync: true }))
}
