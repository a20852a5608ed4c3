import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createFakeClock, type FakeClock } from '../../testing/fake-clock.ts'
import { defaults } from '../settings.ts'
import type { HealthSettings, HealthTarget } from '../shared/health-store.ts'
import type { ExchangeReply, ExchangeRequest } from './exchange-script.ts'
import { SharedAccount } from './shared-account.ts'

const settings: HealthSettings = {
  breaker: defaults.breaker,
  quality: undefined,
  retryBudget: defaults.retryBudget,
  rateLimit: { requestsPerMinute: 100_000 },
}
const target: HealthTarget = { key: 'a', account: 'a', settings }
const load = { tokens: 10, usd: 0 }

/** What becomes of a message to the log. `unknown`: it is taken in, and the answer is lost. */
type Fate = 'answered' | 'late' | 'lost' | 'unknown'

/** The log as the script in Redis keeps it. */
function createLog(clock: FakeClock) {
  let generation: string | undefined
  let snapshot = ''
  let operations: string[] = []
  function take(request: ExchangeRequest): ExchangeReply {
    if (generation === undefined) {
      if (request.seed === undefined) return { type: 'empty' }
      generation = request.seed
      snapshot = request.snapshot ?? ''
      operations = []
    }
    const seq = operations.length
    if (request.generation !== generation || request.seq > seq) {
      return { type: 'moved', generation, seq, snapshot, operations: [...operations] }
    }
    operations.push(...request.operations)
    return { type: 'appended', seq: operations.length, operations: operations.slice(request.seq) }
  }
  return {
    wipe() {
      generation = undefined
    },
    async exchange(request: ExchangeRequest, fate: Fate): Promise<ExchangeReply> {
      if (fate === 'lost') throw new Error('The connection was closed.')
      const reply = take(request)
      // Reading alone may go well in between.
      if (fate === 'unknown' && request.operations.length > 0) throw new Error('It was closed.')
      if (fate === 'late') await new Promise<void>((go) => clock.setTimer(80, go))
      return reply
    },
  }
}

function createRig(processes = 3) {
  const clock = createFakeClock()
  const log = createLog(clock)
  const rig = { clock, log, fate: 'answered' as Fate, accounts: [] as SharedAccount[] }
  let ids = 0
  const told = () => ({
    id: String(++ids),
    atMs: clock.now(),
    dice: 0.5,
    key: 'a',
    settings: 'usual',
  })
  for (let each = 0; each < processes; each++) {
    rig.accounts.push(
      new SharedAccount('a', {
        clock,
        limitMs: 50,
        isUp: () => true,
        exchange: (_account, request) => log.exchange(request, rig.fate),
        nextId: () => String(++ids),
        onSlow: () => new Error('slow'),
        onLeave: () => {},
      }),
    )
  }
  const admit = async (account: SharedAccount) => {
    const operation = {
      ...told(),
      do: 'admit',
      ask: { isFirst: true, lastResort: false, load },
    } as const
    const decision = await account.decide({ operation, settings })
    if (typeof decision !== 'object' || !decision.admitted) throw new Error('Denied')
    return decision
  }
  const settle = (
    account: SharedAccount,
    permit: Awaited<ReturnType<typeof admit>>,
    health: 'ok' | 'failed' = 'ok',
  ) => {
    const settlement = { health, sent: true, load }
    account.tell({ operation: { ...told(), do: 'settle', permit, settlement }, settings })
  }
  const retry = (account: SharedAccount) =>
    account.decide({ operation: { ...told(), do: 'retry' }, settings })
  /** Brings it to the end of the log, and changes nothing that the tests look at. */
  const touch = (account: SharedAccount) =>
    account.decide({ operation: { ...told(), key: 'nobody', do: 'retry' }, settings })
  /** All follow the log again, and have come to its end. */
  const meet = async () => {
    rig.fate = 'answered'
    for (const account of rig.accounts) await account.rejoin()
    for (const account of [...rig.accounts, ...rig.accounts]) await touch(account)
  }
  return { ...rig, rig, admit, settle, retry, meet }
}

test('a decision is made by the log, once for all', async () => {
  const { accounts, retry } = createRig()
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, each) => retry(accounts[each % 3] as SharedAccount)),
  )
  expect(answers.filter((isGiven) => isGiven === true)).toHaveLength(10)
})

test('a late log is not waited for beyond the limit', async () => {
  const { accounts, admit, clock, rig } = createRig(1)
  const [account] = accounts as [SharedAccount]
  await admit(account)
  rig.fate = 'late'
  let answeredAtMs = Number.POSITIVE_INFINITY
  const startedAtMs = clock.now()
  const asked = admit(account).then(() => {
    answeredAtMs = clock.now()
  })
  await clock.advance(200)
  await asked
  expect(answeredAtMs - startedAtMs).toBe(51)
  expect(account.isAlone).toBe(true)
  expect(clock.pendingTimers).toBe(0)
})

test('alone all is decided at once, and no decision waits', async () => {
  const { accounts, retry, admit, rig } = createRig(1)
  const [account] = accounts as [SharedAccount]
  rig.fate = 'lost'
  await admit(account)
  const answers = Array.from({ length: 12 }, () => retry(account))
  expect(answers.filter((isGiven) => isGiven === true)).toHaveLength(10)
  expect(answers.filter((isGiven) => isGiven === false)).toHaveLength(2)
})

/** Two processes that know of an outage; the first lets a probe through while the log is away. */
async function probeAlone(fate: Fate) {
  const all = createRig(2)
  const { accounts, admit, settle, clock, rig, meet } = all
  const [one, other] = accounts as [SharedAccount, SharedAccount]
  for (let call = 0; call < 5; call++) settle(one, await admit(one), 'failed')
  await clock.advance(1_000)
  rig.fate = fate
  const probe = await admit(one)
  await meet()
  const breaker = () => other.look(target, clock.now()).breaker
  return { ...all, one, other, probe, breaker }
}

test('a probe that reached the log unnoticed ends where it was let through', async () => {
  const { one, probe, settle, meet, breaker } = await probeAlone('unknown')
  expect(breaker()).toHaveProperty('probeSinceMs')
  settle(one, probe)
  await meet()
  expect(breaker().name).toBe('recovering')
})

test('a probe that was let through alone makes room for the next', async () => {
  const { one, other, probe, admit, settle, meet, breaker } = await probeAlone('lost')
  expect(breaker()).toMatchObject({ name: 'half-open' })
  expect(breaker()).not.toHaveProperty('probeSinceMs')
  settle(one, probe)
  await meet()
  expect(breaker().name).toBe('half-open')
  settle(other, await admit(other))
  await meet()
  expect(breaker().name).toBe('recovering')
})

/** Longer than all that is under way takes. */
const patienceMs = 500

const step = fc.record({
  process: fc.nat(2),
  fate: fc.constantFrom<Fate>('answered', 'answered', 'late', 'lost', 'unknown'),
  comesBack: fc.boolean(),
  wipes: fc.integer({ min: 0, max: 9 }).map((dice) => dice === 0),
})

test('no message is lost or counted twice, whatever becomes of it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      const { accounts, admit, settle, clock, rig, meet } = createRig()
      let admitted = 0
      for (const { process, fate, comesBack } of steps) {
        const account = accounts[process] as SharedAccount
        rig.fate = fate
        const asked = Promise.all([admit(account), admit(account)])
        await clock.advance(patienceMs)
        for (const permit of await asked) settle(account, permit)
        const back = comesBack && account.rejoin().catch(() => undefined)
        const meanwhile = admit(account)
        await clock.advance(patienceMs)
        settle(account, await meanwhile)
        await back
        await clock.advance(patienceMs)
        admitted += 3
      }
      await meet()
      for (const account of accounts) {
        const used = account.look(target, clock.now()).usedLastMinute
        expect(used).toEqual({ requests: admitted, tokens: admitted * 10, usd: 0 })
      }
    }),
    { numRuns: 300 },
  )
})

test('all come to the same state, also from a log that began anew', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      const { accounts, log, admit, settle, clock, rig, meet } = createRig()
      for (const { process, fate, comesBack, wipes } of steps) {
        const account = accounts[process] as SharedAccount
        rig.fate = fate
        if (wipes) log.wipe()
        const asked = admit(account).catch(() => undefined)
        await clock.advance(patienceMs)
        const permit = await asked
        if (permit) settle(account, permit, process === 0 ? 'failed' : 'ok')
        const back = comesBack && account.rejoin().catch(() => undefined)
        await clock.advance(patienceMs)
        await back
      }
      await meet()
      const [first, ...others] = accounts.map((account) => account.look(target, clock.now()))
      for (const other of others) expect(other).toEqual(first)
    }),
    { numRuns: 300 },
  )
})
