import type { CallBoard } from './call-board.ts'
import { duration, money, numberOf, sourceOf } from './format.ts'

/** The calls of the list in four figures. */
export function Overview({ board }: { readonly board: CallBoard }) {
  const calls = board.ended.filter(({ name }) => name.startsWith('llm.call'))
  const durations = calls.map(({ durationMs }) => durationMs).toSorted((a, b) => a - b)
  const at = (quantile: number) => durations[Math.floor((durations.length - 1) * quantile)]
  const primary = calls.filter((call) => sourceOf(call) === 'primary').length
  const cost = calls.reduce((sum, call) => sum + (numberOf(call, 'holdfast.cost.usd') ?? 0), 0)
  const figures = [
    ['running', String(board.running.size)],
    ['calls', String(calls.length)],
    ['p50', shown(at(0.5))],
    ['p95', shown(at(0.95))],
    ['primary', calls.length === 0 ? '–' : `${Math.round((primary / calls.length) * 100)} %`],
    ['cost', money(cost)],
  ]
  return (
    <dl class="figures">
      {figures.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

const shown = (ms: number | undefined) => (ms === undefined ? '–' : duration(ms))
