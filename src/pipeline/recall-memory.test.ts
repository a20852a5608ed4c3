import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { startDeadline } from '../base/deadline.ts'
import { silentTelemetry } from '../base/telemetry-port.ts'
import { countMessage, loadTokenizer } from '../context/count-tokens.ts'
import type { Message } from '../model/message.ts'
import type { ConversationStore } from '../store/conversation-store.ts'
import { says, scriptedModel } from '../testing/scripted-model.ts'
import { definePipeline } from './definition.ts'
import { createBench } from './pipeline.fixture.ts'
import { recallMemory } from './recall-memory.ts'

beforeAll(loadTokenizer)

/** A pipeline on a store whose reads are noted. */
async function setUp() {
  const { store, clock } = createBench()
  const reads: string[] = []
  const conversations: ConversationStore = {
    ...store.conversations,
    readMemory(id, recentTurns) {
      reads.push(`memory ${recentTurns}`)
      return store.conversations.readMemory(id, recentTurns)
    },
    readTurns(id, options) {
      reads.push(`turns after ${options?.afterSeq}`)
      return store.conversations.readTurns(id, options)
    },
  }
  const pipeline = await createBench({ conversations }).prepare(
    definePipeline({
      name: 'chat',
      input: z.object({}),
      output: 'text',
      models: [scriptedModel({ clock, script: says('Yes.') })],
      deadlineMs: 8_000,
      memory: { conversation: () => 'c', tokenBudget: 2_000 },
      prompt: () => ({ user: 'a' }),
      canned: 'none',
    }),
  )
  const append = async (count: number, createdAtMs = 1) => {
    const turns = Array.from({ length: count }, (_, at) => {
      const message: Message = { role: 'user', content: `Crate ${at} of day ${createdAtMs}.` }
      return { message, createdAtMs, tokens: countMessage(message) }
    })
    await store.conversations.append('c', turns)
  }
  const recall = async () => {
    reads.length = 0
    const run = {
      clock,
      telemetry: silentTelemetry,
      span: silentTelemetry.startTrace('test'),
      deadline: startDeadline(clock, 1_000),
    }
    const remembered = await recallMemory(pipeline, { input: {}, message: 'a' }, run)
    if (!remembered) throw new Error('The pipeline has a memory.')
    return remembered
  }
  return { store, append, recall, reads }
}

const window = (fromSeq: number) => ({ fromSeq, elideBeforeSeq: 0, allowance: 0 })

describe('recallMemory', () => {
  it('reads once where the window and the index are known', async () => {
    const { append, recall, reads } = await setUp()
    await append(300)
    const { state } = await recall()
    expect(reads[0]).toBe('memory 60')
    expect(state.index.lastSeq).toBe(300)
    state.epoch = window(280)
    await append(2)
    const { memory } = await recall()
    expect(reads).toEqual(['memory 33'])
    expect(state.index.lastSeq).toBe(302)
    expect(memory.recentTurns[0]?.seq).toBeLessThanOrEqual(280)
  })

  it('reads the whole window when others have stored much', async () => {
    const { append, recall } = await setUp()
    await append(50)
    const { state } = await recall()
    state.epoch = window(45)
    await append(100)
    const { memory } = await recall()
    expect(memory.recentTurns[0]?.seq).toBeLessThanOrEqual(45)
    expect(state.index.lastSeq).toBe(150)
  })

  it('forgets what another process has deleted, also when it has begun anew', async () => {
    const { store, append, recall } = await setUp()
    await append(40)
    const { state } = await recall()
    for (const turnsAfter of [0, 10, 60]) {
      await store.conversations.deleteConversation('c')
      await append(turnsAfter, turnsAfter + 2)
      const { state: anew } = await recall()
      expect(anew).not.toBe(state)
      expect(anew.index.lastSeq).toBe(turnsAfter)
      expect(anew.index.search('Crate 5 of day 1', { budgetTokens: 900 })).not.toContainEqual(
        expect.objectContaining({ createdAtMs: 1 }),
      )
    }
  })
})
