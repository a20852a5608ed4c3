import { WaitingChildrenError } from 'bullmq'
import { describe, expect, it } from 'vitest'
import { refusalOf, type Stage, take } from './stage.ts'

/** Parents that wait for their children, over one queue or several. */
export function describeFlows(stage: () => Stage): void {
  /** A parent named `parent` over children in the queue with the suffix `-children`. */
  const family = (children: readonly { name: string; opts?: object }[], parentOpts: object = {}) =>
    stage()
      .flows()
      .add({
        name: 'parent',
        queueName: stage().queueName(),
        opts: { jobId: 'parent', ...parentOpts },
        children: children.map(({ name, opts }) => ({
          name,
          queueName: stage().queueName('-children'),
          opts: { jobId: name, ...opts },
        })),
      })
  const childKey = (id: string) => stage().queue({ suffix: '-children' }).toKey(id)

  describe('flows', () => {
    it('run the parent when all children are done, with their results', async () => {
      const events = await stage().events()
      stage().queue()
      stage().worker(async (job) => job.getChildrenValues())
      stage().worker(async (job) => job.name.length, { suffix: '-children' })
      const { job } = await family([{ name: 'one' }, { name: 'three' }])
      expect(await job.waitUntilFinished(events)).toEqual({
        [childKey('one')]: 3,
        [childKey('three')]: 5,
      })
    })

    it('hold the parent until then', async () => {
      const queue = stage().queue()
      const { job } = await family([{ name: 'one' }, { name: 'two' }])
      expect(await job.getState()).toBe('waiting-children')
      expect(await queue.getWaitingChildrenCount()).toBe(1)
      const worker = stage().manualWorker({ suffix: '-children' })
      await (await take(worker, 'a')).moveToCompleted('done', 'a', false)
      expect(await job.getState()).toBe('waiting-children')
      expect(await job.getDependenciesCount()).toMatchObject({ processed: 1, unprocessed: 1 })
      await (await take(worker, 'b')).moveToCompleted('done', 'b', false)
      expect(await job.getState()).toBe('waiting')
    })

    it('nest', async () => {
      const events = await stage().events()
      const order: string[] = []
      stage().worker(async (job) => {
        order.push(job.name)
      })
      const queueName = stage().queueName()
      const { job } = await stage()
        .flows()
        .add({
          name: 'root',
          queueName,
          children: [{ name: 'middle', queueName, children: [{ name: 'leaf', queueName }] }],
        })
      await job.waitUntilFinished(events)
      expect(order).toEqual(['leaf', 'middle', 'root'])
    })

    it('fail the parent with a child that says so', async () => {
      const events = await stage().events()
      let parentRuns = 0
      stage().worker(async () => {
        parentRuns += 1
      })
      stage().worker(
        async () => {
          throw new Error('no')
        },
        { suffix: '-children' },
      )
      const { job } = await family([{ name: 'bad', opts: { failParentOnFailure: true } }])
      await expect(job.waitUntilFinished(events)).rejects.toThrow(`child ${childKey('bad')} failed`)
      expect(parentRuns).toBe(0)
      expect((await job.getDependencies()).failed).toEqual([childKey('bad')])
    })

    it('ignore the failure of a child that says so', async () => {
      const events = await stage().events()
      stage().worker(async (job) => job.getIgnoredChildrenFailures())
      stage().worker(
        async (job) => {
          if (job.name === 'bad') throw new Error('no')
        },
        { suffix: '-children' },
      )
      const { job } = await family([
        { name: 'bad', opts: { ignoreDependencyOnFailure: true } },
        { name: 'good' },
      ])
      expect(await job.waitUntilFinished(events)).toEqual({ [childKey('bad')]: 'no' })
    })

    it('go on with the parent as soon as a child fails that says so', async () => {
      const queue = stage().queue()
      const { job } = await family([
        { name: 'bad', opts: { continueParentOnFailure: true } },
        { name: 'slow' },
      ])
      const worker = stage().manualWorker({ suffix: '-children' })
      await (await take(worker)).moveToFailed(new Error('no'), 'token')
      expect(await job.getState()).toBe('waiting')
      await job.removeUnprocessedChildren()
      expect(await stage().queue({ suffix: '-children' }).getWaitingCount()).toBe(0)
      const parent = await take(stage().manualWorker(), 'p')
      await parent.moveToCompleted('partial', 'p', false)
      expect(await queue.getCompletedCount()).toBe(1)
    })

    it('forget a failed child that says so', async () => {
      const { job } = await family([{ name: 'bad', opts: { removeDependencyOnFailure: true } }])
      const worker = stage().manualWorker({ suffix: '-children' })
      await (await take(worker)).moveToFailed(new Error('no'), 'token')
      expect(await job.getState()).toBe('waiting')
      expect(await job.getDependenciesCount()).toEqual({
        processed: 0,
        unprocessed: 0,
        ignored: 0,
        failed: 0,
      })
    })

    it('do not complete a parent with open children', async () => {
      const queue = stage().queue()
      await queue.add('parent', {}, { jobId: 'parent' })
      const parent = await take(stage().manualWorker(), 'p')
      await stage()
        .queue({ suffix: '-children' })
        .add('child', {}, { parent: { id: 'parent', queue: queue.qualifiedName } })
      expect(await refusalOf(parent.moveToCompleted('early', 'p', false))).toBe(-4)
    })

    it('let a running job wait for children that it adds', async () => {
      const queue = stage().queue()
      const events = await stage().events()
      const children = stage().queue({ suffix: '-children' })
      stage().worker(async () => 'from child', { suffix: '-children' })
      stage().worker(async (job, token) => {
        if (job.data.step === 'collect') return Object.values(await job.getChildrenValues())
        const parent = { id: job.id ?? '', queue: job.queueQualifiedName }
        await children.add('child', {}, { parent })
        await job.updateData({ step: 'collect' })
        if (await job.moveToWaitingChildren(token ?? '')) throw new WaitingChildrenError()
        return Object.values(await job.getChildrenValues())
      })
      const job = await queue.add('steps', { step: 'spread' })
      expect(await job.waitUntilFinished(events)).toEqual(['from child'])
    })

    it('can be read as a tree', async () => {
      await family([{ name: 'one' }, { name: 'two' }])
      const tree = await stage().flows().getFlow({ id: 'parent', queueName: stage().queueName() })
      expect(tree?.job.name).toBe('parent')
      expect(tree?.children?.map((child) => child.job.name).sort()).toEqual(['one', 'two'])
      const pending = await stage().queue().getDependencies('parent', 'pending', 0, -1)
      expect(pending.total).toBe(2)
      expect(pending.jobs?.map((child) => child.name).sort()).toEqual(['one', 'two'])
    })

    it('are removed with the parent, unless a child is being worked on', async () => {
      const { job } = await family([{ name: 'one' }, { name: 'two' }])
      const children = stage().queue({ suffix: '-children' })
      const child = await take(stage().manualWorker({ suffix: '-children' }))
      await expect(job.remove()).rejects.toThrow('locked')
      await child.moveToCompleted('done', 'token', false)
      await job.remove()
      expect(await children.getJobCounts('waiting', 'completed')).toEqual({
        waiting: 0,
        completed: 0,
      })
    })

    it('release the parent when its last child is removed or let go', async () => {
      const { job, children } = await family([{ name: 'one' }, { name: 'two' }])
      await children?.[0]?.job.remove()
      expect(await job.getState()).toBe('waiting-children')
      expect(await children?.[1]?.job.removeChildDependency()).toBe(true)
      expect(await job.getState()).toBe('waiting')
    })

    it('are added whole or with their refusal', async () => {
      const parent = { id: 'nobody', queue: stage().queue().qualifiedName }
      const queueName = stage().queueName()
      const orphan = stage()
        .flows()
        .add({
          name: 'orphan',
          queueName,
          opts: { parent },
          children: [{ name: 'child', queueName }],
        })
      await expect(orphan).rejects.toMatchObject({ code: -5 })
      expect(await stage().queue().count()).toBe(0)
    })

    it('can be added many at once', async () => {
      const events = await stage().events()
      const queueName = stage().queueName()
      stage().worker(async (job) => job.name)
      const trees = await stage()
        .flows()
        .addBulk(
          ['a', 'b'].map((name) => ({
            name,
            queueName,
            children: [{ name: `${name}-child`, queueName }],
          })),
        )
      const results = await Promise.all(trees.map(({ job }) => job.waitUntilFinished(events)))
      expect(results).toEqual(['a', 'b'])
    })
  })
}
