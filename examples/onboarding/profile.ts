import type { HoldfastParts } from 'holdfast'
import type { Routes } from 'holdfast/server'
import { readJson, sendJson } from 'holdfast/server'
import { z } from 'zod'

/**
 * What the platform knows of a visitor. It is the working state of the conversation: it is kept with it,
 * deleted with it, and no model sees more of it than `visibleProfile` says.
 */
export interface Profile {
  readonly email?: string
  readonly country?: string
  readonly step: 'account' | 'identity' | 'ready'
  /** Euros a day. */
  readonly limit: number
}

const newcomer: Profile = { step: 'account', limit: 0 }
const verifiedLimit = 1_000

export function readProfile(state: Readonly<Record<string, unknown>>): Profile {
  const { email, country, step, limit } = state
  return {
    ...(typeof email === 'string' && { email }),
    ...(typeof country === 'string' && { country }),
    step: step === 'identity' || step === 'ready' ? step : newcomer.step,
    limit: typeof limit === 'number' ? limit : newcomer.limit,
  }
}

/** The only words about a visitor that reach a model: no address, no name. */
export function visibleProfile(state: Readonly<Record<string, unknown>>): string {
  const { country, step, limit } = readProfile(state)
  const steps = {
    account: 'The visitor has no account yet.',
    identity: 'The visitor has an account; the identity is not verified yet.',
    ready: `The visitor is verified and may exchange ${limit} euros a day.`,
  }
  return `${steps[step]}${country ? ` Country: ${country}.` : ''}`
}

const signUp = z.object({ email: z.email().max(200), country: z.string().min(1).max(60) })

/** The steps of the sign-up, which work by themselves, whatever the assistant does. */
export function profileRoutes({ conversations }: Pick<HoldfastParts, 'conversations'>): Routes {
  const profileOf = async (visitor: string) =>
    readProfile((await conversations.readMemory(visitor, 0)).workingState.value)
  const change = async (visitor: string, changes: Partial<Profile>) => {
    await conversations.setOwner(visitor, visitor)
    return readProfile((await conversations.mergeState(visitor, changes)).value)
  }
  return {
    'GET /visitors/:visitor': async ({ response, params }) =>
      sendJson(response, 200, await profileOf(params.visitor ?? '')),

    'POST /visitors/:visitor/account': async ({ request, response, params }) => {
      const account = signUp.safeParse(await readJson(request, 2_000))
      if (!account.success) {
        return sendJson(response, 400, { detail: z.prettifyError(account.error) })
      }
      sendJson(
        response,
        200,
        await change(params.visitor ?? '', { ...account.data, step: 'identity' }),
      )
    },

    'POST /visitors/:visitor/identity': async ({ response, params }) => {
      const visitor = params.visitor ?? ''
      if ((await profileOf(visitor)).step === 'account') {
        return sendJson(response, 409, { detail: 'Create the account first.' })
      }
      sendJson(response, 200, await change(visitor, { step: 'ready', limit: verifiedLimit }))
    },

    'DELETE /visitors/:visitor': async ({ response, params }) =>
      sendJson(response, 200, await conversations.deleteUser(params.visitor ?? '')),
  }
}
