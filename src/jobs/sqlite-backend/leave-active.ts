import { JobError } from './job-errors.ts'
import type { JobHead } from './job-row.ts'
import { releaseLock } from './lock.ts'
import type { Transaction } from './transaction.ts'

/** Who wants a job out of the active state, and by which operation. */
export interface Claim {
  readonly jobId: string
  readonly token: string
  readonly command: string
}

/**
 * The check with which every transition out of `active` begins: the job exists, the lock is the
 * caller's, and the job is active. The lock is given up.
 *
 * @throws JobError `missingJob`, `missingLock`, `lockMismatch` or `notInState`.
 */
export function leaveActive(tx: Transaction, job: JobHead | undefined, claim: Claim): JobHead {
  const about = { jobId: claim.jobId, command: claim.command, state: 'active' }
  if (!job) throw new JobError('missingJob', about)
  releaseLock(tx, job, claim.token, about)
  if (job.state !== 'active') throw new JobError('notInState', about)
  return job
}
