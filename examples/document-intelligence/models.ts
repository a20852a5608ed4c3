import {
  type FaultPlan,
  type Model,
  modelsFromEnvironment,
  rehearsal,
  startRehearsalServer,
} from 'holdfast'

/** How a provider can be broken from the page. */
export const breakages = ['works', 'outage', 'rate-limit', 'stall', 'garbage'] as const
export type Breakage = (typeof breakages)[number]

/** The faults of the rehearsal server that stand for them; `works` is none. */
const faults: Readonly<Record<Exclude<Breakage, 'works'>, string>> = {
  outage: 'unavailable',
  'rate-limit': 'rate-limit-seconds',
  stall: 'stall',
  garbage: 'html',
}

export interface BreakableModels {
  readonly models: readonly Model[]
  /** Which models answer, and why, in a sentence. */
  readonly description: string
  /** The state of the switch, by place in the chain. */
  readonly state: Record<'primary' | 'fallback', Breakage>
  break(place: 'primary' | 'fallback', breakage: Breakage): void
  close(): Promise<void>
}

/**
 * A primary and a fallback model, each behind a switch that breaks it: while it is broken, its
 * requests go to a rehearsal server that fails on the wire as a real provider does.
 */
export async function openModels(
  pace = { firstTokenMs: 150, tokensPerSecond: 400 },
): Promise<BreakableModels> {
  const server = await startRehearsalServer(pace)
  const standIn = (model: string) => rehearsal(server, { model })
  const named = modelsFromEnvironment(process.env)
  const [primary, fallback] = named?.models ?? []
  const state: BreakableModels['state'] = { primary: 'works', fallback: 'works' }
  const breakable = (place: 'primary' | 'fallback', model: Model): Model => {
    const broken = standIn(`broken-${place}`)
    const current = () => (state[place] === 'works' ? model : broken)
    return {
      provider: model.provider,
      id: model.id,
      capabilities: model.capabilities,
      generate: (request, options) => current().generate(request, options),
      stream: (request, options) => current().stream(request, options),
    }
  }
  return {
    state,
    description:
      named?.description ??
      'the rehearsal model, a stand-in that answers from rules, since no key is set',
    models: [
      breakable('primary', primary ?? standIn('rehearsal-primary')),
      breakable('fallback', fallback ?? standIn('rehearsal-fallback')),
    ],
    break(place, breakage) {
      state[place] = breakage
      const models: Record<string, FaultPlan> = {}
      for (const each of ['primary', 'fallback'] as const) {
        const kind = state[each]
        if (kind !== 'works') models[`broken-${each}`] = { kind: 'always', fault: faults[kind] }
      }
      server.setFaults({ kind: 'by-model', models })
    },
    close: () => server.close(),
  }
}
