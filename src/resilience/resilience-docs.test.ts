import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { failureReasons } from '../model/failure-reason.ts'
import { diagnose } from './classify/diagnosis.ts'
import { defaults } from './settings.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/resilience.md'), 'utf8')
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )

test('the page tells the reaction to each reason', () => {
  const told = rows.filter(([reason = '', , , , backoff]) => {
    return backoff !== undefined && failureReasons.some((known) => reason === `\`${known}\``)
  })
  const expected = failureReasons.map((reason) => {
    const { scope, retry, transient, backoff, coolMs } = diagnose(reason, '')
    const alone = coolMs === undefined ? '' : coolMs.toLocaleString('en')
    return [`\`${reason}\``, scope, retry, transient ? 'yes' : 'no', String(backoff), alone]
  })
  expect(told).toEqual(expected)
})

test('the page tells the defaults', () => {
  const told = new Map(rows.map(([option = '', value = '']) => [option.replaceAll('`', ''), value]))
  const { hedgeShare, retryBudget, maxOutputBytes, ...groups } = defaults
  const all = { ...groups, 'retries.budget': retryBudget, hedge: { share: hedgeShare } }
  for (const [group, values] of Object.entries(all)) {
    for (const [option, value] of Object.entries(values)) {
      const shown = Number.isFinite(value) ? value.toLocaleString('en') : 'no limit'
      expect([option, told.get(`${group}.${option}`)]).toEqual([option, shown])
    }
  }
  expect(told.get('maxOutputBytes')).toBe(maxOutputBytes.toLocaleString('en'))
})

test('each test and file that the page names is there', () => {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  const named = [...page.matchAll(/`((?:[a-z]+\/)?[a-z-]+(?:\.property)?(?:\.test)?\.ts)`/g)]
  for (const [, name = ''] of named) {
    expect(files.some((file) => file === name || file.endsWith(`/${name}`))).toBe(true)
  }
  const texts = files
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => {
      return readFileSync(join(import.meta.dirname, file), 'utf8')
    })
  for (const [, title = ''] of page.matchAll(/"([a-z][^"]{20,})"/g)) {
    expect(texts.some((text) => text.includes(title))).toBe(true)
  }
})
