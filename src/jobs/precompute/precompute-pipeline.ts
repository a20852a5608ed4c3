/**
 * The answers of one pipeline that are made before anybody asks.
 *
 * Such an answer is an ordinary one: a record, a job, an event log. It has a queue of its own, so that it
 * never delays one that somebody waits for, and an id of its own kind, by which every worker knows,
 * also after a crash, that nobody has asked yet. The entry in the store says for which input it stands.
 */
import { createId } from '../../base/ids.ts'
import { checkInput, inputAsJson } from '../../pipeline/check-input.ts'
import type { AnyDefinition } from '../../pipeline/definition.ts'
import type {
  Precomputed,
  PrecomputedAnswers,
  PrecomputeOutcome,
  PrecomputePolicy,
} from '../../pipeline/precomputed.ts'
import { aheadIdPrefix } from '../../store/answer-store.ts'
import type { PrecomputedEntry } from '../../store/precomputed-store.ts'
import { learnSteps } from './learn-steps.ts'
import { precomputeKey } from './precompute-key.ts'
import type { PrecomputeParts } from './precomputer.ts'
import { budgetForMs, isOfUse, isWithinBudget, judgedForMs } from './rule-governor.ts'

interface AheadPipeline {
  readonly name: string
  readonly definition: AnyDefinition
  readonly policy: PrecomputePolicy<unknown, unknown, unknown>
}

export function precomputePipeline(
  pipeline: AheadPipeline,
  parts: PrecomputeParts,
): PrecomputedAnswers {
  const { store, answers, clock, telemetry } = parts
  const { name, definition, policy } = pipeline

  const count = (rule: string, outcome: string) =>
    telemetry.measure('holdfast.precompute', 1, { pipeline: name, rule, outcome })

  const start: PrecomputedAnswers['start'] = async (inputs, rule) => {
    // All are checked before the first is begun.
    const checked = []
    for (const input of inputs) {
      checked.push({ input, value: await checkInput(pipeline, input) })
    }
    const outcomes: PrecomputeOutcome[] = []
    for (const { input, value } of checked) {
      const refused = await refusal(pipeline, rule, parts)
      const outcome = refused
        ? { outcome: refused }
        : await begin(pipeline, input, value, rule, parts)
      count(rule, outcome.outcome)
      outcomes.push(outcome)
    }
    return outcomes
  }

  return {
    start,
    async find(input) {
      const key = await precomputeKey(definition, input, parts.conversations)
      const entry = await store.find(name, key, clock.now())
      if (!entry) return undefined
      if (entry.state === 'waiting') {
        // The request does not wait behind everybody else for it, and it is not to be paid for twice.
        await parts.cancel(entry.answerId)
        return undefined
      }
      const finding = findingOf(entry, clock.now(), (savedMs) => {
        count(entry.rule, entry.state === 'completed' ? 'hit' : 'attached')
        return store.markUsed(entry.answerId, savedMs)
      })
      if (entry.state !== 'completed') {
        const events = (signal: AbortSignal) => parts.follow(entry.answerId, signal)
        return { ...finding, state: 'running', events } satisfies Precomputed
      }
      const record = await answers.get(entry.answerId)
      if (!record?.answer) return undefined
      if (finding.isStale) await start([record.input], entry.rule)
      return { ...finding, state: 'ready', answer: record.answer }
    },

    async answered(input, output) {
      if (policy.after) await start(policy.after({ input, output }), 'after')
      if (policy.learn) {
        const next = await learnSteps(name, policy.learn, input, { store, nowMs: clock.now() })
        await start(next, 'learned')
      }
    },
  }
}

function findingOf(
  { answerId, rule, madeAtMs, freshUntilMs }: PrecomputedEntry,
  nowMs: number,
  used: Precomputed['used'],
) {
  return { answerId, rule, madeAtMs, isStale: nowMs >= freshUntilMs, used }
}

/** A rule whose answers nobody uses costs money for nothing. */
async function refusal(
  { name, policy }: AheadPipeline,
  rule: string,
  { store, clock, telemetry }: PrecomputeParts,
): Promise<'rule-stopped' | 'over-budget' | undefined> {
  const nowMs = clock.now()
  const week = await store.tally({ pipeline: name, sinceMs: nowMs - judgedForMs, nowMs })
  const tally = week.find((each) => each.rule === rule)
  if (!isOfUse(tally, policy)) {
    const fields = { pipeline: name, rule, used: tally?.used, decided: tally?.decided }
    telemetry.log('info', 'A rule makes nothing ahead, since its answers are not used.', fields)
    return 'rule-stopped'
  }
  if (policy.tokensPerDay === undefined) return undefined
  const day = await store.tally({ pipeline: name, sinceMs: nowMs - budgetForMs, nowMs })
  return isWithinBudget(day, policy) ? undefined : 'over-budget'
}

async function begin(
  { name, definition, policy }: AheadPipeline,
  input: unknown,
  checked: unknown,
  rule: string,
  { store, clock, conversations, accept }: PrecomputeParts,
): Promise<PrecomputeOutcome> {
  const { memory } = definition
  const nowMs = clock.now()
  const conversationId = memory?.conversation(checked)
  // A conversation that has no turn yet has its owner, so that the answer is deleted with them.
  if (memory?.user && conversationId !== undefined) {
    await conversations.setOwner(conversationId, memory.user(checked))
  }
  const { entry, created } = await store.begin({
    answerId: createId(aheadIdPrefix.slice(0, -1), nowMs),
    pipeline: name,
    rule,
    key: await precomputeKey(definition, checked, conversations),
    ...(conversationId !== undefined && { conversationId }),
    madeAtMs: nowMs,
    freshUntilMs: nowMs + policy.freshMs,
    staleUntilMs: nowMs + (policy.staleMs ?? policy.freshMs),
  })
  const { answerId } = entry
  if (!created) return { outcome: 'known', answerId }
  await accept({
    id: answerId,
    pipeline: name,
    input: inputAsJson(input, name),
    createdAtMs: nowMs,
    ...(conversationId !== undefined && { conversationId }),
  })
  return { outcome: 'started', answerId }
}
