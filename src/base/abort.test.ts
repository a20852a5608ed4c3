import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { linkAbort, untilAborted } from './abort.ts'

describe('linkAbort', () => {
  it('follows its parent with the same reason', () => {
    const parent = new AbortController()
    const link = linkAbort(parent.signal)
    parent.abort('stop')
    expect(link.signal.reason).toBe('stop')
  })

  it('aborts alone without touching its parent', () => {
    const parent = new AbortController()
    const link = linkAbort(parent.signal)
    link.abort('mine')
    expect([link.signal.aborted, parent.signal.aborted]).toEqual([true, false])
  })

  it('is aborted from the start when its parent is', () => {
    expect(linkAbort(AbortSignal.abort('early')).signal.reason).toBe('early')
  })

  it('leaves no listener on its parent after release', () => {
    const parent = new AbortController()
    linkAbort(parent.signal).release()
    expect(getEventListeners(parent.signal, 'abort')).toEqual([])
  })
})

describe('untilAborted', () => {
  it('gives what the work gives, and removes its listener', async () => {
    const { signal } = new AbortController()
    expect(await untilAborted(Promise.resolve(7), signal)).toBe(7)
    await expect(untilAborted(Promise.reject(new Error('x')), signal)).rejects.toThrow('x')
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('rejects with the reason although the work goes on', async () => {
    const controller = new AbortController()
    const waiting = untilAborted(new Promise(() => {}), controller.signal)
    controller.abort('late')
    await expect(waiting).rejects.toBe('late')
  })

  it('takes a later failure of abandoned work off the process', async () => {
    const failing = Promise.withResolvers<never>()
    const waiting = untilAborted(failing.promise, AbortSignal.abort('gone'))
    failing.reject(new Error('nobody listens'))
    await expect(waiting).rejects.toBe('gone')
  })
})
