import { HoldfastError } from '../base/errors.ts'
import { isRecord } from '../base/json.ts'
import { readJson } from './read-json.ts'
import { type Routes, sendJson } from './router.ts'

/** Models that can be broken, as `openBreakableModels` makes them. */
export interface BreakableByName {
  readonly description: string
  readonly state: Readonly<Record<'primary' | 'fallback', string>>
  readonly breakages: readonly string[]
  break(place: 'primary' | 'fallback', breakage: string): void
}

/**
 * The switch of a demonstration: `GET /demo/faults` tells how the providers are broken and how they can
 * be, `POST` with `{"primary"?: …, "fallback"?: …}` changes it.
 */
export function faultRoutes(models: BreakableByName): Routes {
  const { breakages } = models
  const state = () => ({ ...models.state, breakages, models: models.description })
  return {
    'GET /demo/faults': ({ response }) => sendJson(response, 200, state()),
    'POST /demo/faults': async ({ request, response }) => {
      const body = await readJson(request, 1_000)
      const wanted = isRecord(body) ? body : {}
      for (const place of ['primary', 'fallback'] as const) {
        const breakage = wanted[place]
        if (breakage === undefined) continue
        if (typeof breakage !== 'string' || !breakages.includes(breakage)) {
          throw unknownBreakage(place, breakages)
        }
        models.break(place, breakage)
      }
      sendJson(response, 200, state())
    },
  }
}

function unknownBreakage(place: string, breakages: readonly string[]) {
  const message = `${place} has to be one of ${breakages.join(', ')}.`
  return new HoldfastError('INVALID_INPUT', message, { issues: [{ path: place, message }] })
}
