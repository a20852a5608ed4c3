/**
 * The refusals that BullMQ's backends have in common: same numbers, same texts on every datastore,
 * because programs look at `error.code` and at the message.
 */

export interface JobErrorSubject {
  readonly jobId?: string
  readonly parentKey?: string
  /** The state in which the job was expected. */
  readonly state?: string
  /** The operation that was refused, by BullMQ's name. */
  readonly command: string
}

type Describe = (about: JobErrorSubject) => string

/** Number and text of each refusal; the numbers are those of BullMQ's `ErrorCode`. */
const refusals = {
  missingJob: [-1, (about) => `Missing key for job ${about.jobId}. ${about.command}`],
  missingLock: [-2, (about) => `Missing lock for job ${about.jobId}. ${about.command}`],
  notInState: [
    -3,
    (about) => `Job ${about.jobId} is not in the ${about.state} state. ${about.command}`,
  ],
  pendingChildren: [-4, (about) => `Job ${about.jobId} has pending dependencies. ${about.command}`],
  missingParent: [-5, (about) => `Missing key for parent job ${about.parentKey}. ${about.command}`],
  lockMismatch: [
    -6,
    (about) => `Lock mismatch for job ${about.jobId}. Cmd ${about.command} from ${about.state}`,
  ],
  otherParent: [
    -7,
    (about) => `The parent job ${about.parentKey} cannot be replaced. ${about.command}`,
  ],
  scheduledJob: [
    -8,
    (about) =>
      `Job ${about.jobId} belongs to a job scheduler and cannot be removed directly. ${about.command}`,
  ],
  failedChildren: [
    -9,
    (about) =>
      `Cannot complete job ${about.jobId} because it has at least one failed child. ${about.command}`,
  ],
  takenIteration: [
    -10,
    (about) => `Cannot create job scheduler iteration - job ID already exists. ${about.command}`,
  ],
  takenSlots: [
    -11,
    (about) =>
      `Cannot create job scheduler iteration - current and next time slots already have jobs. ${about.command}`,
  ],
} satisfies Record<string, [number, Describe]>

export type JobRefusal = keyof typeof refusals

/** A refusal about one job; `code` is the number BullMQ documents for it. */
export class JobError extends Error {
  readonly code: number

  constructor(refusal: JobRefusal, about: JobErrorSubject) {
    const [code, describe] = refusals[refusal]
    super(describe(about))
    // BullMQ never retries an error of this name, and a failed child cannot be retried away.
    this.name = refusal === 'failedChildren' ? 'UnrecoverableError' : 'JobError'
    this.code = code
  }
}
