import { invalidConfig } from '../../base/errors.ts'
import type { Model } from '../../model/model.ts'
import { modelsFromEnvironment } from '../models-from-environment.ts'
import type { FaultPlan } from './fault-plan.ts'
import { rehearsal } from './rehearsal.ts'
import { type RehearsalServerOptions, startRehearsalServer } from './rehearsal-server.ts'

/** The faults of the rehearsal server that stand for each way to break a provider. */
const faults = {
  outage: 'unavailable',
  'rate-limit': 'rate-limit-seconds',
  stall: 'stall',
  cut: 'stream-reset',
  garbage: 'html',
} as const

/** How a provider can be broken; `works` is not at all. */
export type Breakage = 'works' | keyof typeof faults

const breakages: readonly Breakage[] = ['works', ...Object.keys(faults).filter(isFault)]

const places = ['primary', 'fallback'] as const
export type BreakablePlace = (typeof places)[number]

/** A primary and a fallback model, each behind a switch that breaks it. */
export interface BreakableModels {
  /** The primary and the fallback, for `createHoldfast` or a pipeline. */
  readonly models: readonly [primary: Model, fallback: Model]
  /** Which models answer while they work, and why, in a sentence. */
  readonly description: string
  readonly state: Readonly<Record<BreakablePlace, Breakage>>
  /** All ways to break one, `works` first. */
  readonly breakages: readonly Breakage[]
  /** @throws INVALID_CONFIG for what is no way to break a provider. */
  break(place: BreakablePlace, breakage: Breakage): void
  close(): Promise<void>
}

/**
 * Models for trying out what an application does when they fail: those that the environment names, or
 * the rehearsal stand-in. While one is broken, its requests go to a rehearsal server that fails on the
 * wire as a real provider does; nothing is pretended behind the client.
 *
 * @param options of that server: its pace, its seed
 *
 * @example
 * const models = await openBreakableModels()
 * const app = await createHoldfast({ pipelines, models: models.models })
 * models.break('primary', 'outage')
 */
export async function openBreakableModels(
  options: RehearsalServerOptions = {},
): Promise<BreakableModels> {
  const server = await startRehearsalServer(options)
  const standIn = (model: string) => rehearsal(server, { model })
  const named = modelsFromEnvironment(process.env)
  const [primary = standIn('rehearsal-primary'), fallback = standIn('rehearsal-fallback')] =
    named?.models ?? []
  const state: Record<BreakablePlace, Breakage> = { primary: 'works', fallback: 'works' }

  function breakable(place: BreakablePlace, model: Model): Model {
    const broken = standIn(`broken-${place}`)
    const current = () => (state[place] === 'works' ? model : broken)
    return {
      ...model,
      generate: (request, attempt) => current().generate(request, attempt),
      stream: (request, attempt) => current().stream(request, attempt),
    }
  }

  return {
    models: [breakable('primary', primary), breakable('fallback', fallback)],
    description:
      named?.description ??
      'the rehearsal model, a stand-in that answers from rules, since no key is set',
    state,
    breakages,
    break(place, breakage) {
      if (!breakages.includes(breakage)) {
        throw invalidConfig('breakage', breakage, breakages.join(', '))
      }
      state[place] = breakage
      const broken = places.flatMap((each) => {
        const kind = state[each]
        return kind === 'works' ? [] : [[`broken-${each}`, always(faults[kind])] as const]
      })
      server.setFaults({ kind: 'by-model', models: Object.fromEntries(broken) })
    },
    close: () => server.close(),
  }
}

function always(fault: string): FaultPlan {
  return { kind: 'always', fault }
}

function isFault(name: string): name is keyof typeof faults {
  return name in faults
}
