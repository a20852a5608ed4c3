import { traceOf } from './trace-store-contract.ts'
import type { WholeStore } from './whole-store-contract.ts'

/**
 * Calls all that the stores offer, in the ways that make them run different statements. The few rows of
 * checks are always read whole.
 */
export async function useEveryMethod(store: Omit<WholeStore, 'checks'>): Promise<void> {
  const { conversations, answers, events, traces, precomputed, tickets } = store
  const tokens = { ascii: 1, other: 0 }
  const message = { role: 'user', content: 'x' } as const
  await conversations.append('c', Array(4).fill({ message, createdAtMs: 1, tokens }), {
    idempotencyKey: 'k',
    userId: 'u',
  })
  await conversations.append('c', [], { idempotencyKey: 'k' })
  await conversations.readTurns('c')
  const summary = { text: 's', tokens, createdAtMs: 1, writtenBy: 'x/y' }
  await conversations.addSummary('c', { ...summary, fromSeq: 2, toSeq: 3 })
  await conversations.setPin('c', 'k', { text: 'p', tokens })
  await conversations.setPin('c', 'k', undefined)
  await conversations.mergeState('c', { a: 1 })
  for (const recentTurns of [0, 1, 2]) await conversations.readMemory('c', recentTurns)
  await conversations.setOwner('c', 'u')

  const request = { pipeline: 'p', input: 1, createdAtMs: 1 }
  await answers.create({ ...request, id: 'a', idempotencyKey: 'k' })
  await answers.create({ ...request, id: 'a', idempotencyKey: 'k' })
  await answers.create({ ...request, id: 'b', conversationId: 'c', tenant: 't', priority: 1 })
  await answers.putStep('a', await answers.startRun('a'), 's', 1)
  await answers.getStep('a', 's')
  await answers.finish('a', 1, {
    state: 'failed',
    error: { code: 'X', message: 'x' },
    finishedAtMs: 1,
  })
  await answers.requeue('a', 1)
  await answers.cancel('b')
  await answers.list({ conversationId: 'c' })
  await answers.list({ pipeline: 'p' })
  await answers.list({ thread: 't' })
  await answers.list({ state: 'failed' })
  await answers.list({ conversationId: 'c', openSinceMs: 1 })
  await answers.list({ userId: 'u', openSinceMs: 1 })

  const batch = { answerId: 'a', run: 1, events: [{ type: 'text-delta', text: 'x' }] } as const
  await events.append([batch, { ...batch, run: 0 }, { ...batch, events: [] }])
  await events.reopen('a')
  await events.read('a', 0)
  await events.announce('a')
  const entry = { seq: 2, atMs: 1, event: batch.events[0], lengths: [1, 1] }
  await events.compact('a', [entry])
  events.watch(() => {})()

  const ahead = { answerId: 'a', pipeline: 'p', rule: 'r', key: 'k', madeAtMs: 1 }
  await precomputed.begin({ ...ahead, freshUntilMs: 2, staleUntilMs: 3, conversationId: 'c' })
  await precomputed.find('p', 'k', 1)
  await precomputed.settle('a', { tokens: 1, costUsd: 1 })
  await precomputed.markUsed('a', 1)
  await precomputed.tally({ pipeline: 'p', sinceMs: 0, nowMs: 1 })
  for (const step of ['one', 'two']) {
    await precomputed.noteStep({ pipeline: 'p', session: 's', step, atMs: 1 })
  }
  await precomputed.followingSteps('p', 'one')

  await traces.save(traceOf('t', { attributes: { 'gen_ai.conversation.id': 'c' } }))
  await traces.get('t')
  await traces.list({ name: 'n' })
  await answers.delete('a')
  await tickets.put({ digest: 'd', grant: { userId: 'u' }, expiresAtMs: 2 })
  await tickets.take('d', 1)
  await conversations.ownerOf('c')
  await conversations.exportConversation('c')
  await conversations.deleteConversation('c')
  await conversations.deleteUser('u')
}
