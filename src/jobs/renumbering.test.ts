import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { silentTelemetry } from '../base/telemetry-port.ts'
import { createQueueEngine } from './queue-engine.ts'
import { baseOf, queuePriority } from './queue-place.ts'
import { createRenumbering } from './renumbering.ts'

const step = 2 ** 16

function openQueue() {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-renumbering-'))
  const queue = createQueueEngine(`sqlite:${join(folder, 'queue.db')}`).createQueue('q')
  onTestFinished(async () => {
    await queue.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const add = (id: string, place: { priority: number; startTag: number }, clock: number) =>
    queue.add(
      'answer',
      { answerId: id, place },
      {
        jobId: id,
        priority: queuePriority(place, baseOf(clock)),
        delay: id === 'later' ? 60_000 : 0,
      },
    )
  const order = async () => (await queue.getPrioritized()).map(({ id }) => id)
  return { queue, add, order }
}

it('keeps the order of jobs over a step of the base', async () => {
  const { queue, add, order } = openQueue()
  const renumbering = createRenumbering(queue, silentTelemetry)
  await add('before', { priority: 0, startTag: step + 5 }, step - 1)
  await add('later', { priority: 0, startTag: step + 6 }, step - 1)
  await add('other', { priority: 1, startTag: step + 5 }, step - 1)
  await renumbering.begun({ priority: 0, startTag: step })
  // Accepted after the step: without new numbers for the others it would come before them.
  await add('after', { priority: 0, startTag: step + 7 }, step)
  expect(await order()).toEqual(['before', 'after', 'other'])
  const [later] = await queue.getDelayed()
  expect(later?.priority).toBe(queuePriority({ priority: 0, startTag: step + 6 }, 1))
  expect((await queue.getJob('other'))?.priority).toBe(
    queuePriority({ priority: 1, startTag: step + 5 }, 0),
  )
})

it('does nothing between the steps', async () => {
  const { queue, add } = openQueue()
  const renumbering = createRenumbering(queue, silentTelemetry)
  await add('a', { priority: 0, startTag: 9 }, step)
  const { priority } = (await queue.getJob('a')) ?? {}
  await renumbering.begun({ priority: 0, startTag: step - 1 })
  expect((await queue.getJob('a'))?.priority).toBe(priority)
})
