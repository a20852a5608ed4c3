import type { Routes } from 'holdfast/server'
import { readJson, sendJson } from 'holdfast/server'
import { type BreakableModels, breakages } from './models.ts'

/** The switch on the page: `GET` tells how the providers are broken, `POST` changes it. */
export function faultRoutes(models: BreakableModels): Routes {
  const state = () => ({ ...models.state, breakages, models: models.description })
  return {
    'GET /demo/faults': ({ response }) => sendJson(response, 200, state()),
    'POST /demo/faults': async ({ request, response }) => {
      const wanted = (await readJson(request, 1_000)) as Partial<Record<string, unknown>>
      for (const place of ['primary', 'fallback'] as const) {
        const breakage = breakages.find((each) => each === wanted[place])
        if (breakage) models.break(place, breakage)
      }
      sendJson(response, 200, state())
    },
  }
}
