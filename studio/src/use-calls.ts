import { useEffect, useState } from 'preact/hooks'
import type { LiveCallEvent } from '../../src/model/live-call-event.ts'
import { followCalls, KeyNeeded, listTraces } from './api.ts'
import { type CallBoard, emptyBoard, withEvent, withList } from './call-board.ts'

/** The list also has the calls of other processes, so it is read again while the page is looked at. */
const refreshMs = 3_000
const reconnectAfterMs = 2_000

export interface Calls {
  /** Undefined until the first answer of the server. */
  readonly board: CallBoard | undefined
  readonly isLive: boolean
  readonly problem: string | undefined
  readonly needsKey: boolean
}

/** The calls of the server, kept up to date; begins anew when `key` changes. */
export function useCalls(key: string): Calls {
  const [board, setBoard] = useState<CallBoard>()
  const [isLive, setLive] = useState(false)
  const [problem, setProblem] = useState<unknown>()

  useEffect(() => {
    const gone = new AbortController()
    const refresh = () => {
      if (document.hidden) return
      listTraces().then((list) => {
        setBoard((known = emptyBoard) => withList(known, list))
        setProblem(undefined)
      }, setProblem)
    }
    const follow = async () => {
      while (!gone.signal.aborted) {
        // The board says that it is not live; the list is still refreshed, and tells what is wrong.
        await followCalls(inFrames(setBoard, setLive), gone.signal).catch(() => undefined)
        setLive(false)
        await new Promise((resolve) => setTimeout(resolve, reconnectAfterMs))
      }
    }
    refresh()
    void follow()
    const timer = setInterval(refresh, refreshMs)
    return () => {
      clearInterval(timer)
      gone.abort()
    }
  }, [key])

  const text = problem instanceof Error ? problem.message : problem ? String(problem) : undefined
  return { board, isLive, problem: text, needsKey: problem instanceof KeyNeeded }
}

type SetBoard = (change: (board: CallBoard | undefined) => CallBoard) => void

/** Events come by the hundred a second; the page is drawn once for all of a frame. */
function inFrames(setBoard: SetBoard, setLive: (isLive: boolean) => void) {
  let waiting: LiveCallEvent[] = []
  const draw = () => {
    const events = waiting
    waiting = []
    setBoard((board = emptyBoard) => events.reduce(withEvent, board))
  }
  return {
    onReady: () => setLive(true),
    onEvent(event: LiveCallEvent) {
      if (waiting.length === 0) setTimeout(draw, 50)
      waiting.push(event)
    },
  }
}
