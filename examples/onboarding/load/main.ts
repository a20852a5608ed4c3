import { type LoadReport, runLoad } from './visitors.ts'

/** Fifty visitors at once, in good times and in bad. */
for (const [title, trouble] of [
  ['All works', false],
  ['A worker is killed and the primary is down', true],
] as const) {
  print(title, await runLoad({ visitors: 50, messages: 6, trouble }))
}

function print(title: string, { page, accepted, answered, sources }: LoadReport): void {
  console.log(`\n${title}: ${answered.length} answers, ${JSON.stringify(sources)}`)
  console.table(
    Object.fromEntries(
      Object.entries({ page, accepted, answered }).map(([name, times]) => [
        name,
        { 'p50 ms': at(times, 0.5), 'p95 ms': at(times, 0.95), 'max ms': at(times, 1) },
      ]),
    ),
  )
}

function at(times: readonly number[], share: number): number {
  const sorted = times.toSorted((one, other) => one - other)
  return Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? 0)
}
