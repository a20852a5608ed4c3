import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { ruleNames } from './rule-names.ts'

it('lists every rule, and no other, in the table of the documentation', () => {
  const page = readFileSync(new URL('../../docs/output.md', import.meta.url), 'utf8')
  const table = page.slice(page.indexOf('## Rules'), page.indexOf('## Causes'))
  const documented = [...table.matchAll(/^\| ([^|]+) \| (?:lossless|unique|likely) \|/gm)].flatMap(
    ([, names = '']) => [...names.matchAll(/`([a-z-]+)`/g)].map(([, name]) => name),
  )
  expect([...new Set(documented)].toSorted()).toEqual([...ruleNames].toSorted())
})
