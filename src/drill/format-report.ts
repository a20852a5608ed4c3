import type { DrillReport } from './report.ts'

interface Column {
  readonly title: string
  readonly align: 'left' | 'right'
  cell(report: DrillReport): string
}

const columns: readonly Column[] = [
  { title: 'scenario', align: 'left', cell: ({ scenario }) => scenario },
  { title: 'requests', align: 'right', cell: ({ requests }) => String(requests) },
  { title: 'useful %', align: 'right', cell: ({ usefulShare }) => percent(usefulShare) },
  { title: 'primary', align: 'right', cell: ({ bySource }) => String(bySource.primary) },
  { title: 'fallback', align: 'right', cell: ({ bySource }) => String(bySource.fallback) },
  { title: 'canned', align: 'right', cell: ({ bySource }) => String(bySource.canned) },
  { title: 'wrong', align: 'right', cell: ({ wrong }) => String(wrong) },
  { title: 'cut', align: 'right', cell: ({ truncated }) => String(truncated) },
  { title: 'errors', align: 'right', cell: (report) => String(report.errors + report.unanswered) },
  { title: 'late', align: 'right', cell: ({ overruns }) => String(overruns) },
  { title: 'hung', align: 'right', cell: ({ hung }) => String(hung) },
  { title: 'p50 ms', align: 'right', cell: ({ p50Ms }) => p50Ms.toFixed(0) },
  { title: 'p99 ms', align: 'right', cell: ({ p99Ms }) => p99Ms.toFixed(0) },
  { title: 'calls/req', align: 'right', cell: (report) => report.callsPerRequest.toFixed(2) },
  {
    title: 'to primary',
    align: 'right',
    cell: (report) => report.primaryCallsPerRequest.toFixed(2),
  },
  { title: '', align: 'left', cell: ({ passed }) => (passed ? 'ok' : 'FAILED') },
]

/** The reports as a table for a terminal, with what was wrong below it. */
export function formatReports(reports: readonly DrillReport[]): string {
  const rows = [
    columns.map(({ title }) => title),
    ...reports.map((report) => columns.map(({ cell }) => cell(report))),
  ]
  const widths = columns.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)))
  const lines = rows.map((row) =>
    row
      .map((text, at) => {
        const width = widths[at] ?? 0
        return columns[at]?.align === 'left' ? text.padEnd(width) : text.padStart(width)
      })
      .join('  ')
      .trimEnd(),
  )
  return [...lines, ...reports.flatMap(formatProblems)].join('\n')
}

function formatProblems({ scenario, problems }: DrillReport): string[] {
  return problems.flatMap(({ request, stream, durationMs, problem, attempts }) => [
    '',
    `${scenario}, request ${request}${stream ? ', streamed' : ''}, ${durationMs.toFixed(0)} ms: ${problem}`,
    ...attempts.map((attempt) => `  ${attempt}`),
  ])
}

function percent(share: number): string {
  return (share * 100).toFixed(1)
}
