import type { DeduplicationOptions, FlowJob, JobsOptions } from 'bullmq'
import type { Random } from './random.ts'

/**
 * Operations on two queues as plain data, so that the same one can be given to several backends and
 * printed when they disagree. Jobs are named by their rank among those known, workers by a letter.
 */
export type Operation =
  | {
      readonly do: 'add'
      readonly queue: number
      readonly name: string
      readonly options: JobsOptions
    }
  | { readonly do: 'addBulk'; readonly queue: number; readonly options: readonly JobsOptions[] }
  | { readonly do: 'addFlow'; readonly flow: FlowPlan }
  | {
      readonly do: 'addChild'
      readonly queue: number
      readonly parent: number
      readonly isOrphan: boolean
      readonly options: JobsOptions
    }
  | { readonly do: 'take'; readonly queue: number; readonly isCareless: boolean }
  | { readonly do: 'complete'; readonly held: number; readonly fetchNext: boolean }
  | {
      readonly do: 'fail'
      readonly held: number
      readonly fetchNext: boolean
      readonly forGood: boolean
    }
  | { readonly do: 'finishWithWrongToken'; readonly held: number }
  | { readonly do: 'postpone'; readonly held: number; readonly delay: number }
  | { readonly do: 'putBack'; readonly held: number }
  | { readonly do: 'waitForChildren'; readonly held: number }
  | { readonly do: 'extendLock'; readonly held: number }
  | { readonly do: 'checkStalled'; readonly queue: number }
  | {
      readonly do: JobOperation
      readonly job: number
      readonly number: number
      readonly flag: boolean
    }
  | {
      readonly do: QueueOperation
      readonly queue: number
      readonly number: number
      readonly flag: boolean
    }
  | {
      readonly do: 'clean'
      readonly queue: number
      readonly type: CleanType
      readonly grace: number
      readonly limit: number
    }
  | { readonly do: 'schedule'; readonly queue: number; readonly id: string; readonly every: number }
  | { readonly do: 'unschedule'; readonly queue: number; readonly id: string }
  | { readonly do: 'passTime'; readonly ms: number }

export type JobOperation =
  | 'retry'
  | 'promote'
  | 'changeDelay'
  | 'changePriority'
  | 'updateData'
  | 'updateProgress'
  | 'log'
  | 'clearLogs'
  | 'remove'
  | 'removeUnprocessedChildren'
  | 'removeChildDependency'
  | 'removeDeduplicationKey'

export type QueueOperation =
  | 'pause'
  | 'resume'
  | 'drain'
  | 'retryJobs'
  | 'promoteJobs'
  | 'setGlobalConcurrency'
  | 'removeGlobalConcurrency'
  | 'setGlobalRateLimit'
  | 'removeGlobalRateLimit'
  | 'removeRateLimitKey'

export type CleanType = 'completed' | 'failed' | 'delayed' | 'wait' | 'active' | 'prioritized'

export interface FlowPlan {
  readonly queue: number
  readonly name: string
  readonly options: JobsOptions
  readonly children: readonly FlowPlan[]
}

/** How often each kind is drawn; taking and finishing dominate, as in a queue at work. */
const weights: Readonly<Record<Operation['do'], number>> = {
  add: 30,
  addBulk: 4,
  addFlow: 5,
  addChild: 5,
  take: 30,
  complete: 16,
  fail: 14,
  finishWithWrongToken: 1,
  postpone: 3,
  putBack: 3,
  waitForChildren: 3,
  extendLock: 2,
  checkStalled: 4,
  retry: 5,
  promote: 3,
  changeDelay: 3,
  changePriority: 4,
  updateData: 2,
  updateProgress: 2,
  log: 3,
  clearLogs: 1,
  remove: 4,
  removeUnprocessedChildren: 1,
  removeChildDependency: 2,
  removeDeduplicationKey: 1,
  pause: 1,
  resume: 3,
  drain: 0.5,
  retryJobs: 1,
  promoteJobs: 1,
  setGlobalConcurrency: 1,
  removeGlobalConcurrency: 1.5,
  setGlobalRateLimit: 0.5,
  removeGlobalRateLimit: 1,
  removeRateLimitKey: 1.5,
  clean: 2,
  schedule: 2,
  unschedule: 0.5,
  passTime: 12,
}

/** Draws the next operation. Ranks are drawn large and taken modulo what there is. */
export function drawOperation(random: Random): Operation {
  const kind = random.weighted(weights)
  const queue = random.between(0, 1)
  const held = random.between(0, 999)
  switch (kind) {
    case 'add':
      return {
        do: kind,
        queue,
        name: random.oneOf('email', 'report'),
        options: drawOptions(random),
      }
    case 'addBulk': {
      const options = Array.from({ length: random.between(1, 4) }, () => drawOptions(random))
      return { do: kind, queue, options }
    }
    case 'addFlow':
      return { do: kind, flow: drawFlow(random, 2) }
    case 'addChild':
      return {
        do: kind,
        queue,
        parent: random.between(0, 9_999),
        isOrphan: random.chance(0.1),
        // A fresh id: when one is refused, Redis has counted it and SQLite takes the count back.
        options: { ...drawFlowOptions(random), jobId: `child-${random.between(0, 1e12)}` },
      }
    case 'take':
      return { do: kind, queue, isCareless: random.chance(0.1) }
    case 'complete':
      return { do: kind, held, fetchNext: random.chance(0.4) }
    case 'fail':
      return { do: kind, held, fetchNext: random.chance(0.4), forGood: random.chance(0.2) }
    case 'postpone':
      return { do: kind, held, delay: random.between(0, 4_000) }
    case 'finishWithWrongToken':
    case 'putBack':
    case 'waitForChildren':
    case 'extendLock':
      return { do: kind, held }
    case 'checkStalled':
      return { do: kind, queue }
    case 'clean':
      return {
        do: kind,
        queue,
        type: random.oneOf('completed', 'failed', 'delayed', 'wait', 'active', 'prioritized'),
        grace: random.between(0, 5_000),
        limit: random.oneOf(0, 0, 1, 3),
      }
    case 'schedule':
      return {
        do: kind,
        queue,
        id: random.oneOf('hourly', 'daily'),
        every: random.oneOf(2_000, 7_000),
      }
    case 'unschedule':
      return { do: kind, queue, id: random.oneOf('hourly', 'daily') }
    case 'passTime':
      return { do: kind, ms: random.between(1, 3_000) }
    case 'pause':
    case 'resume':
    case 'drain':
    case 'retryJobs':
    case 'promoteJobs':
    case 'setGlobalConcurrency':
    case 'removeGlobalConcurrency':
    case 'setGlobalRateLimit':
    case 'removeGlobalRateLimit':
    case 'removeRateLimitKey':
      return { do: kind, queue, number: random.between(1, 4), flag: random.chance(0.5) }
    default:
      return {
        do: kind,
        job: random.between(0, 9_999),
        number: random.between(0, 4_000),
        flag: random.chance(0.5),
      }
  }
}

function drawOptions(random: Random): JobsOptions {
  const options: JobsOptions = {}
  if (random.chance(0.2)) options.delay = random.between(1, 6_000)
  if (random.chance(0.3)) options.priority = random.between(1, 3)
  if (random.chance(0.1)) options.lifo = true
  if (random.chance(0.5)) options.attempts = random.between(1, 3)
  if (random.chance(0.3)) options.backoff = random.between(0, 3_000)
  if (random.chance(0.1)) options.jobId = `custom-${random.between(1, 6)}`
  if (random.chance(0.15)) options.removeOnComplete = drawKeep(random)
  if (random.chance(0.15)) options.removeOnFail = drawKeep(random)
  if (random.chance(0.1)) options.keepLogs = random.between(1, 3)
  if (random.chance(0.25)) options.deduplication = drawDeduplication(random)
  return options
}

function drawKeep(random: Random) {
  return random.oneOf<true | number | { age: number; count?: number }>(
    true,
    random.between(1, 4),
    { age: random.between(1, 5) },
    { age: random.between(1, 5), count: random.between(1, 5) },
  )
}

const longTtlMs = 24 * 60 * 60 * 1_000

function drawDeduplication(random: Random): DeduplicationOptions {
  const options: DeduplicationOptions = { id: `dedup-${random.between(1, 4)}` }
  if (random.chance(0.3)) options.ttl = longTtlMs
  if (random.chance(0.3)) options.extend = true
  if (random.chance(0.3)) options.replace = true
  if (random.chance(0.2)) options.reschedule = true
  if (random.chance(0.4)) options.keepLastIfActive = true
  return options
}

function drawFlow(random: Random, depth: number): FlowPlan {
  const hasChildren = depth > 0 && random.chance(depth === 2 ? 0.95 : 0.4)
  const children = hasChildren ? random.between(1, 3) : 0
  return {
    queue: random.between(0, 1),
    name: `flow-${depth}`,
    options: drawFlowOptions(random),
    children: Array.from({ length: children }, () => drawFlow(random, depth - 1)),
  }
}

/** Ids of a flow are given, because BullMQ draws them at random otherwise. */
function drawFlowOptions(random: Random): JobsOptions {
  const options: JobsOptions = { jobId: `flow-${random.between(0, 1e12)}` }
  if (random.chance(0.1)) options.jobId = `custom-${random.between(1, 6)}`
  if (random.chance(0.2)) options.priority = random.between(1, 3)
  if (random.chance(0.2)) options.delay = random.between(1, 3_000)
  if (random.chance(0.1)) options.removeOnComplete = true
  if (random.chance(0.1)) options.removeOnFail = true
  const failure = random.oneOf(
    'none',
    'failParentOnFailure',
    'continueParentOnFailure',
    'ignoreDependencyOnFailure',
    'removeDependencyOnFailure',
  )
  if (failure !== 'none') options[failure] = true
  return options
}

/** The flow as BullMQ takes it. */
export function toFlowJob(plan: FlowPlan, queueNames: readonly string[]): FlowJob {
  return {
    name: plan.name,
    queueName: queueNames[plan.queue] ?? '',
    data: {},
    opts: plan.options,
    children: plan.children.map((child) => toFlowJob(child, queueNames)),
  }
}
