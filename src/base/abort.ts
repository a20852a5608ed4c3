/** Abort signals that clean up after themselves: a long-lived parent collects no listeners. */

/** A signal of one's own that also follows a parent. */
export interface LinkedAbort {
  readonly signal: AbortSignal
  abort(reason: unknown): void
  /** Stops following the parent. Call it when the work is over, however it ended. */
  release(): void
}

/** Makes a signal that aborts with the parent's reason, or earlier by its own `abort`. */
export function linkAbort(parent?: AbortSignal): LinkedAbort {
  const controller = new AbortController()
  const follow = () => controller.abort(parent?.reason)
  if (parent?.aborted) follow()
  else parent?.addEventListener('abort', follow, { once: true })
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    release: () => parent?.removeEventListener('abort', follow),
  }
}

/**
 * Settles as `work` does, or rejects with the signal's reason the moment it aborts, whatever the
 * work does then. A later rejection of the work is taken off the process, since its outcome no
 * longer matters to anybody.
 */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    const settle = () => signal.removeEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
    work.then(
      (value) => {
        settle()
        resolve(value)
      },
      (error: unknown) => {
        settle()
        reject(error)
      },
    )
  })
}
