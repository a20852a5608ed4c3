import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { topics } from './topics.ts'

/** Who each topic is written for, and how: five briefs of every topic, of all lengths and tones. */
const readers = [
  { audience: 'first-time visitors', tone: 'friendly', words: 300 },
  { audience: 'local shop owners', tone: 'plain', words: 450 },
  { audience: 'members of the city council', tone: 'formal', words: 600 },
  { audience: 'families with children', tone: 'friendly', words: 450 },
  { audience: 'journalists', tone: 'plain', words: 750 },
] as const

/** A file of 100 briefs, always the same. */
export function makeBriefs(): string {
  const rows = topics.flatMap(({ topic, facts, forbidden }) =>
    readers.map(({ audience, tone, words }, index) => {
      // Short articles get fewer facts.
      const told = facts.slice(0, words < 400 ? 2 : index === 1 ? 3 : 4)
      return [topic, audience, tone, words, told.join('; '), forbidden.join('; ')]
    }),
  )
  const header = ['topic', 'audience', 'tone', 'words', 'must_appear', 'must_not_appear']
  return `${[header, ...rows].map((row) => row.map(cell).join(',')).join('\n')}\n`
}

const cell = (value: string | number): string =>
  /[",;\n]/.test(`${value}`) ? `"${`${value}`.replaceAll('"', '""')}"` : `${value}`

if (import.meta.main) writeFileSync(join(import.meta.dirname, 'briefs.csv'), makeBriefs())
