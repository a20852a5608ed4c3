import type { Json } from '../base/json.ts'

/** What checks of the models found, so that the next one, in whichever process, has its comparison. */
export interface CheckStore {
  /** Adds a check and deletes all but the newest `keep`, in one commit. */
  add(check: StoredCheck, keep: number): Promise<void>
  /** All that are kept, oldest first. */
  list(): Promise<readonly StoredCheck[]>
}

export interface StoredCheck {
  readonly startedAtMs: number
  /** Facts, no contents; what they mean is known to whoever checks. */
  readonly results: Json
}
