import { describe, expect, it } from 'vitest'
import { answer, request, setUpJobs } from './answer-jobs.fixture.ts'
import type { AnswerJobs } from './answer-jobs.ts'

interface Wish {
  readonly id: string
  readonly tenant?: string
  readonly priority?: number
}

/** The order in which answers are begun that all wait when the only worker starts. */
async function orderOf(wishes: readonly Wish[]): Promise<string[]> {
  const begun: string[] = []
  const allBegun = Promise.withResolvers<void>()
  const { start } = await setUpJobs(async (_pipeline, _input, { answerId }) => {
    begun.push(answerId)
    if (begun.length === wishes.length) allBegun.resolve()
    return answer
  }, 1)
  const producers: AnswerJobs[] = [await start({ concurrency: 0 }), await start({ concurrency: 0 })]
  for (const [index, wish] of wishes.entries()) {
    await producers[index % 2]?.enqueue({ ...request(wish.id), ...wish }, {})
  }
  await start()
  await allBegun.promise
  return begun
}

describe('fairness', () => {
  it('takes turns between tenants, whichever process accepted their answers', async () => {
    const flood = Array.from({ length: 30 }, (_, index) => ({ id: `f${index}`, tenant: 'flood' }))
    const small = ['a', 'b', 'c'].map((id) => ({ id, tenant: 'small' }))
    const order = await orderOf([...flood, ...small])
    expect(order.slice(0, 7)).toEqual(['f0', 'a', 'f1', 'b', 'f2', 'c', 'f3'])
    expect(order.slice(6)).toEqual(flood.slice(3).map(({ id }) => id))
  })

  it('keeps the order of one tenant', async () => {
    const wishes = ['a', 'b', 'c', 'd'].map((id) => ({ id }))
    expect(await orderOf(wishes)).toEqual(['a', 'b', 'c', 'd'])
  })

  it('puts the more urgent before all others', async () => {
    const order = await orderOf([
      { id: 'a', priority: 900 },
      { id: 'b', priority: 2 },
      { id: 'c', tenant: 'x', priority: 2 },
      { id: 'd', priority: 2 },
      { id: 'e', priority: 1, tenant: 'x' },
      { id: 'f', tenant: 'x' },
    ])
    expect(order).toEqual(['f', 'e', 'b', 'c', 'd', 'a'])
  })
})
