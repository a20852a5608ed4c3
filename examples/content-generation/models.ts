import {
  type Breakage as Fault,
  listPrices,
  type Model,
  openBreakableModels,
  type PriceTable,
} from 'holdfast'

/** How the providers can be broken from the page: the primary, and the fallback. */
const breakdowns = {
  works: ['works', 'works'],
  'primary down': ['outage', 'works'],
  'primary limited': ['rate-limit', 'works'],
  'primary breaks off': ['cut', 'works'],
  'both down': ['outage', 'outage'],
} as const satisfies Record<string, readonly [primary: Fault, fallback: Fault]>

export type Breakage = keyof typeof breakdowns
export const breakages = Object.keys(breakdowns) as readonly Breakage[]

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

/** A primary and a fallback model behind the library's switch, with one name for the state of both. */
export async function openModels(tokensPerSecond = 60): Promise<DeskModels> {
  const breakable = await openBreakableModels({ firstTokenMs: 350, tokensPerSecond })
  let breakage: Breakage = 'works'
  return {
    models: breakable.models,
    description: breakable.description,
    get breakage() {
      return breakage
    },
    break(wanted) {
      breakage = wanted
      const [primary, fallback] = breakdowns[wanted]
      breakable.break('primary', primary)
      breakable.break('fallback', fallback)
    },
    close: () => breakable.close(),
  }
}
