import { useCallback, useEffect, useState } from 'preact/hooks'
import type { TraceRecord } from '../../src/model/trace.ts'
import { getTrace, listTraces, type TraceSummary } from './api.ts'
import { TraceList } from './trace-list.tsx'
import { TraceView } from './trace-view.tsx'

/** How often the list is read again while the page is looked at. */
const refreshMs = 3_000

/** The calls on the left, the one that is chosen on the right; its id stands in the address. */
export function Studio() {
  const [traces, setTraces] = useState<readonly TraceSummary[]>()
  const [trace, setTrace] = useState<TraceRecord>()
  const [problem, setProblem] = useState<string>()
  const chosen = useChosenTrace()

  const say = useCallback((error: unknown) => {
    setProblem(error instanceof Error ? error.message : String(error))
  }, [])

  useEffect(() => {
    const refresh = () => {
      if (document.hidden) return
      listTraces().then((list) => {
        setTraces(list)
        setProblem(undefined)
      }, say)
    }
    refresh()
    const timer = setInterval(refresh, refreshMs)
    return () => clearInterval(timer)
  }, [say])

  useEffect(() => {
    if (chosen === '') return setTrace(undefined)
    getTrace(chosen).then(setTrace, say)
  }, [chosen, say])

  return (
    <>
      <header class="top">
        <strong>Holdfast studio</strong>
        <span class="soft">the last calls, sanitised</span>
        {problem !== undefined && (
          <span class="problem" role="alert">
            {problem}
          </span>
        )}
      </header>
      <main class="panes">
        <TraceList traces={traces} chosen={chosen} />
        {trace ? (
          <TraceView trace={trace} />
        ) : (
          <p class="empty soft">Choose a call to see where its time went.</p>
        )}
      </main>
    </>
  )
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
