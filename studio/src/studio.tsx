import { useEffect, useState } from 'preact/hooks'
import type { TraceRecord } from '../../src/model/trace.ts'
import { getTrace, keepKey } from './api.ts'
import { type CallBoard, toTrace } from './call-board.ts'
import { KeyForm } from './key-form.tsx'
import { Overview } from './overview.tsx'
import { TraceList } from './trace-list.tsx'
import { TraceView } from './trace-view.tsx'
import { useCalls } from './use-calls.ts'

/** The calls on the left, the one that is chosen on the right; its id stands in the address. */
export function Studio() {
  const [key, setKey] = useState('')
  const { board, isLive, problem, needsKey } = useCalls(key)
  const chosen = useChosenTrace()
  const nowMs = useNow((board?.running.size ?? 0) > 0)
  const { trace, isRunning, trouble } = useTrace(chosen, board, nowMs)
  if (needsKey) {
    return (
      <KeyForm
        onKey={(given) => {
          keepKey(given)
          setKey(given)
        }}
      />
    )
  }
  const alert = problem ?? trouble
  return (
    <>
      <header class="top">
        <strong>
          <i class={isLive ? 'pulse on' : 'pulse'} /> Holdfast studio
        </strong>
        <span class="soft">{isLive ? 'live, sanitised' : 'connecting …'}</span>
        {alert !== undefined && (
          <span class="problem" role="alert">
            {alert}
          </span>
        )}
        {board && <Overview board={board} />}
      </header>
      <main class="panes">
        <TraceList board={board} chosen={chosen} nowMs={nowMs} />
        {trace ? (
          <TraceView key={trace.traceId} trace={trace} isRunning={isRunning} />
        ) : (
          <p class="empty soft">
            Choose a call to see where its time went. Calls that are being made are on top.
          </p>
        )}
      </main>
    </>
  )
}

/** The chosen call: as it grows while it runs, whole when it has ended. */
function useTrace(chosen: string, board: CallBoard | undefined, nowMs: number) {
  const [stored, setStored] = useState<TraceRecord>()
  const [trouble, setTrouble] = useState<string>()
  const running = board?.running.get(chosen)
  const isRunning = running !== undefined
  useEffect(() => {
    setTrouble(undefined)
    if (chosen === '') return setStored(undefined)
    if (isRunning) return
    getTrace(chosen).then(setStored, (error: Error) => setTrouble(error.message))
  }, [chosen, isRunning])
  if (running) return { trace: toTrace(running, nowMs), isRunning, trouble: undefined }
  return { trace: stored?.traceId === chosen ? stored : undefined, isRunning, trouble }
}

function useChosenTrace(): string {
  const [chosen, setChosen] = useState(location.hash.slice(1))
  useEffect(() => {
    const onHash = () => setChosen(location.hash.slice(1))
    addEventListener('hashchange', onHash)
    return () => removeEventListener('hashchange', onHash)
  }, [])
  return chosen
}

/** The time, which goes on only while something is running. */
function useNow(isTicking: boolean): number {
  const [nowMs, setNowMs] = useState(Date.now())
  useEffect(() => {
    if (!isTicking) return
    const timer = setInterval(() => setNowMs(Date.now()), 100)
    return () => clearInterval(timer)
  }, [isTicking])
  return nowMs
}
