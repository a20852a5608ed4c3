import {
  type FaultPlan,
  listPrices,
  type Model,
  modelsFromEnvironment,
  type PriceTable,
  rehearsal,
  startRehearsalServer,
} from 'holdfast'

/** How the providers can be broken from the page, and the faults of the rehearsal server for it. */
const plans = {
  works: { kind: 'healthy' },
  'primary down': { kind: 'by-model', models: { 'broken-primary': always('unavailable') } },
  'primary limited': {
    kind: 'by-model',
    models: { 'broken-primary': always('rate-limit-seconds') },
  },
  'primary breaks off': { kind: 'by-model', models: { 'broken-primary': always('stream-reset') } },
  'both down': { kind: 'always', fault: 'unavailable' },
} as const satisfies Record<string, FaultPlan>

export type Breakage = keyof typeof plans
export const breakages = Object.keys(plans) as readonly Breakage[]

function always(fault: string) {
  return { kind: 'always', fault } as const
}

/** The rehearsal costs nothing; the desk counts it at these list prices, so that budgets mean something. */
export const rehearsalPrices: PriceTable = {
  'rehearsal-primary': listPrices['gpt-5-mini'] ?? { input: 0, output: 0 },
  'rehearsal-fallback': listPrices['gpt-5-nano'] ?? { input: 0, output: 0 },
}

export interface DeskModels {
  readonly models: readonly Model[]
  /** Which models answer, and why, in a sentence. */
  readonly description: string
  readonly breakage: Breakage
  break(breakage: Breakage): void
  close(): Promise<void>
}

/**
 * A primary and a fallback model behind a switch: while they are broken, their requests go to a rehearsal
 * server that fails on the wire as a real provider does.
 */
export async function openModels(tokensPerSecond = 60): Promise<DeskModels> {
  const server = await startRehearsalServer({ firstTokenMs: 350, tokensPerSecond })
  const standIn = (model: string) => rehearsal(server, { model })
  const named = modelsFromEnvironment(process.env)
  const [primary = standIn('rehearsal-primary'), fallback = standIn('rehearsal-fallback')] =
    named?.models ?? []
  let breakage: Breakage = 'works'
  const breakable = (model: Model, broken: Model, breaksIn: (now: Breakage) => boolean): Model => {
    const current = () => (breaksIn(breakage) ? broken : model)
    return {
      ...model,
      generate: (request, options) => current().generate(request, options),
      stream: (request, options) => current().stream(request, options),
    }
  }
  return {
    models: [
      breakable(primary, standIn('broken-primary'), (now) => now !== 'works'),
      breakable(fallback, standIn('broken-fallback'), (now) => now === 'both down'),
    ],
    description:
      named?.description ??
      'the rehearsal model, a stand-in that writes from rules, since no key is set',
    get breakage() {
      return breakage
    },
    break(wanted) {
      breakage = wanted
      server.setFaults(plans[wanted])
    },
    close: () => server.close(),
  }
}
