/**
 * `connecting`: to the server. `open`: events come as they are written. `waiting`: the connection
 * broke or could not be made, and is tried again after a pause. `idle`: nothing is followed.
 */
export type LiveState = 'idle' | 'connecting' | 'open' | 'waiting'

/** What the followed answers are doing, as one state for an indicator on a page. */
export interface LiveStates {
  readonly current: LiveState
  /** Adds one that follows; its own state counts until it leaves. */
  join(): { set(state: Exclude<LiveState, 'idle'>): void; leave(): void }
  /** Calls back at each change, and returns how to stop. */
  observe(onChange: (state: LiveState) => void): () => void
}

/** The worst that one of them is in is what a page should show. */
const worstFirst: readonly LiveState[] = ['waiting', 'connecting', 'open']

export function createLiveStates(): LiveStates {
  const members = new Map<object, LiveState>()
  const observers = new Set<{ readonly onChange: (state: LiveState) => void }>()
  let current: LiveState = 'idle'

  function update(): void {
    const states = new Set(members.values())
    const next = worstFirst.find((state) => states.has(state)) ?? 'idle'
    if (next === current) return
    current = next
    for (const { onChange } of observers) onChange(next)
  }

  return {
    get current() {
      return current
    },
    join() {
      const member = {}
      return {
        set(state) {
          members.set(member, state)
          update()
        },
        leave() {
          members.delete(member)
          update()
        },
      }
    },
    observe(onChange) {
      const observer = { onChange }
      observers.add(observer)
      return () => observers.delete(observer)
    },
  }
}
