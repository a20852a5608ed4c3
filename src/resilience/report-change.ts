import type { LogLevel, Telemetry } from '../base/telemetry-port.ts'
import type { Model } from '../model/model.ts'
import type { OpenCause } from './shared/breaker-state.ts'
import type { HealthChange } from './shared/health-store.ts'

interface Notice {
  readonly level: LogLevel
  readonly message: string
}

/** What a person has to mend is said loudly; the rest mends itself. */
const lasting: Partial<Record<OpenCause, string>> = {
  'bad-key': 'The key of this model is refused; its calls go to the next model. Replace the key.',
  'quota-exhausted': 'The quota of this model is spent; its calls go to the next model. Top it up.',
  'model-not-found':
    'This model does not exist any more; its calls go to the next model. Replace it.',
  network: 'The certificate of this provider is refused; its calls go to the next model.',
  quality:
    'The answers of this model stopped to fit their schema; its calls go to the next model. Did the provider change it?',
}

/** Writes each change of a breaker to the log. */
export function createChangeLog(
  model: Model,
  telemetry: Telemetry,
): (change: HealthChange) => void {
  return ({ to }) => {
    const { level, message } = noticeOf(to)
    telemetry.log(level, message, {
      provider: model.provider,
      model: model.id,
      breaker: to.name,
      cause: to.name === 'closed' ? undefined : to.cause,
      untilMs: to.name === 'open' ? Math.round(to.untilMs) : undefined,
    })
  }
}

function noticeOf(to: HealthChange['to']): Notice {
  switch (to.name) {
    case 'open': {
      const loud = lasting[to.cause]
      if (loud) return { level: 'error', message: loud }
      return { level: 'warn', message: 'This model fails; its calls go to the next model for now.' }
    }
    case 'half-open':
      return { level: 'info', message: 'One call tries whether this model answers again.' }
    case 'recovering':
      return { level: 'info', message: 'This model answers again; its share of the calls grows.' }
    case 'closed':
      return { level: 'info', message: 'This model gets all its calls again.' }
  }
}
