import { type FlowProducer, type IQueueBackend, Job, type Queue, UnrecoverableError } from 'bullmq'
import type { BackendUnderTest, ManualWorker } from './engine.ts'
import { Engine } from './engine.ts'
import { type FlowPlan, type Operation, toFlowJob } from './operations.ts'

const dayMs = 24 * 60 * 60 * 1_000
/** Locks of careless workers and marks of checks end within this time, on the wall clock too. */
export const shortMs = 2

export interface JobName {
  readonly queue: number
  readonly id: string
}

/** What an operation came to, in a form that can be compared and printed. */
export interface Result {
  readonly value?: unknown
  readonly error?: string
}

/**
 * One backend in a comparison: carries operations out through stock BullMQ and remembers the jobs that
 * its workers hold.
 */
export class Participant<Backend extends IQueueBackend, Connection> {
  readonly name: string
  readonly queues: readonly Queue[]
  readonly #engine: Engine<Backend, Connection>
  readonly #flows: FlowProducer<Backend, Connection>
  readonly #queueNames: readonly string[]
  readonly #careful: readonly ManualWorker<Backend, Connection>[]
  readonly #careless: readonly ManualWorker<Backend, Connection>[]
  readonly #held = new Map<string, Held>()

  constructor(
    name: string,
    backend: BackendUnderTest<Backend, Connection>,
    queueNames: readonly string[],
  ) {
    this.name = name
    this.#engine = new Engine(backend)
    this.#flows = this.#engine.flows()
    this.#queueNames = queueNames
    const settings = { name: 'tester', maxStalledCount: 1, stalledInterval: shortMs }
    const metrics = { maxDataPoints: 60 }
    const options = { ...settings, metrics, lockDuration: dayMs }
    this.queues = queueNames.map((queue) => this.#engine.queue(queue) as unknown as Queue)
    this.#careful = queueNames.map((queue) => this.#engine.manualWorker(queue, options))
    this.#careless = queueNames.map((queue) =>
      this.#engine.manualWorker(queue, { ...options, lockDuration: shortMs }),
    )
  }

  /** Tokens of the jobs that are held, in the order of taking. */
  get heldTokens(): string[] {
    return [...this.#held.keys()]
  }

  async ready(): Promise<void> {
    for (const queue of this.queues) await queue.getVersion()
  }

  close(): Promise<void> {
    return this.#engine.close()
  }

  /** Carries an operation out. `jobs` are the known jobs, `token` is fresh. */
  async apply(operation: Operation, jobs: readonly JobName[], token: string): Promise<Result> {
    try {
      return { value: await this.#apply(operation, jobs, token) }
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
      return { error: `${error instanceof Error ? error.message : String(error)}${code}` }
    }
  }

  async #apply(operation: Operation, jobs: readonly JobName[], token: string): Promise<unknown> {
    switch (operation.do) {
      case 'add': {
        const queue = at(this.queues, operation.queue)
        return (await queue.add(operation.name, { to: token }, operation.options)).id
      }
      case 'addBulk': {
        const bulk = operation.options.map((opts, n) => ({ name: 'bulk', data: { n }, opts }))
        const added = await at(this.queues, operation.queue).addBulk(bulk)
        return added.map((job) => job.id)
      }
      case 'addFlow':
        return this.#addFlow(operation.flow)
      case 'addChild':
        return this.#addChild(operation, jobs)
      case 'take':
        return this.#take(operation.queue, operation.isCareless, token)
      case 'checkStalled':
        return (
          await at(this.#careful, operation.queue).getBackend().moveStalledJobsToWait()
        ).sort()
      case 'schedule': {
        const queue = at(this.queues, operation.queue)
        const template = { name: 'scheduled', data: { every: operation.every } }
        return (await queue.upsertJobScheduler(operation.id, { every: operation.every }, template))
          ?.id
      }
      case 'unschedule':
        return at(this.queues, operation.queue).removeJobScheduler(operation.id)
      case 'clean': {
        const { grace, limit, type } = operation
        return (await at(this.queues, operation.queue).clean(grace, limit, type)).sort()
      }
      case 'passTime':
        return undefined
      default:
        if ('held' in operation) return this.#applyToHeld(operation)
        if ('job' in operation) return this.#applyToJob(operation, jobs, token)
        return this.#applyToQueue(operation)
    }
  }

  async #addFlow(plan: FlowPlan): Promise<unknown> {
    const { job } = await this.#flows.add(toFlowJob(plan, this.#queueNames))
    return job.id
  }

  async #addChild(operation: ChildPlan, jobs: readonly JobName[]): Promise<unknown> {
    const parent = jobs[operation.parent % Math.max(jobs.length, 1)]
    if (!parent) return 'there is no job'
    const id = operation.isOrphan ? 'no-such-parent' : parent.id
    const link = { id, queue: at(this.queues, parent.queue).qualifiedName }
    const queue = at(this.queues, operation.queue)
    return (await queue.add('child', {}, { ...operation.options, parent: link })).id
  }

  async #take(queue: number, isCareless: boolean, token: string): Promise<unknown> {
    const worker = at(isCareless ? this.#careless : this.#careful, queue)
    return this.#hold(await worker.take(token), worker, token)
  }

  #hold(
    job: Job | undefined,
    worker: ManualWorker<Backend, Connection>,
    token: string,
  ): string | undefined {
    if (!job) return undefined
    this.#held.set(token, {
      job,
      isCareless: this.#careless.includes(worker),
      takeAlong: (brought) => this.#takeAlong(worker, brought, token),
    })
    return job.id
  }

  async #takeAlong(
    worker: ManualWorker<Backend, Connection>,
    brought: unknown,
    token: string,
  ): Promise<string | undefined> {
    return this.#hold(await worker.takeAlong(brought, token), worker, token)
  }

  async #applyToHeld(operation: HeldOperation): Promise<unknown> {
    const token = this.heldTokens[operation.held % Math.max(this.#held.size, 1)]
    const held = token === undefined ? undefined : this.#held.get(token)
    if (token === undefined || !held) return 'nothing is held'
    const { job } = held
    switch (operation.do) {
      case 'extendLock':
        return job.extendLock(token, dayMs)
      case 'finishWithWrongToken':
        return job.moveToCompleted('stolen', 'wrong-token', false)
      case 'waitForChildren': {
        const isWaiting = await job.moveToWaitingChildren(token)
        if (isWaiting) this.#held.delete(token)
        return isWaiting
      }
    }
    this.#held.delete(token)
    switch (operation.do) {
      case 'complete': {
        const brought = await job.moveToCompleted({ by: token }, token, operation.fetchNext)
        return held.takeAlong(brought)
      }
      case 'fail': {
        // On Redis a retry that is refused has made due jobs ready all the same; here it has done nothing.
        const forGood = operation.forGood || held.isCareless
        const failure = new (forGood ? UnrecoverableError : Error)(`failed ${token}`)
        failure.stack = `stack of ${token}`
        return held.takeAlong(await job.moveToFailed(failure, token, operation.fetchNext))
      }
      case 'postpone':
        return job.moveToDelayed(Date.now() + operation.delay, token)
      case 'putBack':
        return (await job.moveToWait(token)) > 0
    }
  }

  async #applyToJob(
    operation: JobOperationPlan,
    jobs: readonly JobName[],
    token: string,
  ): Promise<unknown> {
    const name = jobs[operation.job % Math.max(jobs.length, 1)]
    const queue = name && at(this.queues, name.queue)
    const job = queue && (await Job.fromId(queue, name.id))
    if (!job) return 'there is no job'
    const { number, flag } = operation
    switch (operation.do) {
      case 'retry':
        return job.retry(flag ? 'failed' : 'completed', { resetAttemptsMade: number % 2 === 0 })
      case 'promote':
        return job.promote()
      case 'changeDelay':
        return job.changeDelay(number)
      case 'changePriority':
        return job.changePriority({ priority: number % 4, lifo: flag })
      case 'updateData':
        return job.updateData({ changedBy: token })
      case 'updateProgress':
        return job.updateProgress(flag ? number : { at: number })
      case 'log':
        return job.log(`line of ${token}`)
      case 'clearLogs':
        return job.clearLogs(flag ? 1 : undefined)
      case 'remove':
        return job.remove({ removeChildren: flag })
      case 'removeUnprocessedChildren':
        return job.removeUnprocessedChildren()
      case 'removeChildDependency':
        return job.parentKey ? job.removeChildDependency() : 'no parent'
      case 'removeDeduplicationKey':
        return job.removeDeduplicationKey()
    }
  }

  async #applyToQueue(operation: QueueOperationPlan): Promise<unknown> {
    const queue = at(this.queues, operation.queue)
    const { number, flag } = operation
    switch (operation.do) {
      case 'pause':
        return queue.pause()
      case 'resume':
        return queue.resume()
      case 'drain':
        return queue.drain(flag)
      case 'retryJobs':
        return queue.retryJobs({
          count: number,
          state: flag ? 'failed' : 'completed',
          timestamp: Date.now(),
        })
      case 'promoteJobs':
        return queue.promoteJobs({ count: number })
      case 'setGlobalConcurrency':
        return queue.setGlobalConcurrency(number)
      case 'removeGlobalConcurrency':
        return queue.removeGlobalConcurrency()
      case 'setGlobalRateLimit':
        return queue.setGlobalRateLimit(number * 2, dayMs)
      case 'removeGlobalRateLimit':
        return queue.removeGlobalRateLimit()
      case 'removeRateLimitKey':
        return queue.removeRateLimitKey()
    }
  }
}

interface Held {
  readonly job: Job
  /** Whether its lock ends while it is held. */
  readonly isCareless: boolean
  takeAlong(brought: unknown): Promise<string | undefined>
}

type ChildPlan = Extract<Operation, { do: 'addChild' }>
type HeldOperation = Extract<Operation, { held: number }>
type JobOperationPlan = Extract<Operation, { job: number }>
type QueueOperationPlan = Extract<Operation, { queue: number; number: number }>

function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index]
  if (item === undefined) throw new Error(`There is no item ${index}.`)
  return item
}
