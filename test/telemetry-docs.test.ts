import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { genAi, own } from '../src/model/conventions.ts'
import { type Instrument, instruments } from '../src/telemetry/metrics/instruments.ts'
import { prometheusName } from '../src/telemetry/metrics/prometheus-text.ts'

const page = readFileSync(new URL('../docs/telemetry.md', import.meta.url), 'utf8')

describe('the page on telemetry', () => {
  it('has every instrument, with its name in Prometheus', () => {
    const names = Object.entries(instruments).flatMap(
      ([name, instrument]: [string, Instrument]) => [name, prometheusName(name, instrument)],
    )
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([])
  })

  it('has every attribute', () => {
    const unset = new Set<string>([
      // Contents are described as a whole; the key is what a trace of another writer may bear.
      own.conversationKey,
      genAi.systemInstructions,
      genAi.inputMessages,
      genAi.outputMessages,
      genAi.toolDefinitions,
    ])
    const names = [...Object.values(genAi), ...Object.values(own)].filter(
      (name) => !unset.has(name),
    )
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([])
  })
})
