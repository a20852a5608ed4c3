/** A store under test, and how to be rid of it. */
export interface OpenedStore<Store> {
  readonly store: Store
  close(): Promise<void>
}

/** Opens an empty store for one test. */
export type OpenStore<Store> = () => Promise<OpenedStore<Store>>

/** Runs `work` on an empty store, and closes it however the work ends. */
export async function withStore<Store>(
  open: OpenStore<Store>,
  work: (store: Store) => Promise<void>,
): Promise<void> {
  const opened = await open()
  try {
    await work(opened.store)
  } finally {
    await opened.close()
  }
}
