import WebSocket from 'ws'

/** Connections of clients that are cut from outside. */
export interface Cuttable {
  readonly WebSocket: new (url: string) => WebSocket
  readonly fetch: typeof fetch
  readonly cuts: number
  /** Cuts one of those that are open, if there is any. */
  cut(random: () => number): void
}

export function createCuttable(): Cuttable {
  const open = new Set<() => void>()
  let cuts = 0

  class CuttableSocket extends WebSocket {
    constructor(url: string) {
      super(url)
      const cut = () => this.terminate()
      this.once('open', () => open.add(cut))
      this.once('close', () => open.delete(cut))
    }
  }

  return {
    WebSocket: CuttableSocket,
    async fetch(input, init) {
      const abort = new AbortController()
      const cut = () => abort.abort(new TypeError('cut'))
      const signals = [abort.signal, ...(init?.signal ? [init.signal] : [])]
      const response = await fetch(input, { ...init, signal: AbortSignal.any(signals) })
      open.add(cut)
      abort.signal.addEventListener('abort', () => open.delete(cut))
      init?.signal?.addEventListener('abort', () => open.delete(cut))
      return response
    },
    get cuts() {
      return cuts
    },
    cut(random) {
      const all = [...open]
      const victim = all[Math.floor(random() * all.length)]
      if (!victim) return
      cuts++
      open.delete(victim)
      victim()
    },
  }
}
