import { readFileSync } from 'node:fs'
import * as published from '@opentelemetry/semantic-conventions/incubating'
import { describe, expect, it } from 'vitest'
import { libraryVersion } from '../otel/library.ts'
import { instruments } from './instruments.ts'

describe('instruments', () => {
  it('bear the names that OpenTelemetry publishes, where they are not our own', () => {
    const known = new Set<unknown>(Object.values(published))
    const names = Object.keys(instruments).filter((name) => !name.startsWith('holdfast.'))
    expect(names).toHaveLength(3)
    expect(names.filter((name) => !known.has(name))).toEqual([])
  })

  it('are recorded under the version of the package', () => {
    const file = new URL('../../../package.json', import.meta.url)
    expect(JSON.parse(readFileSync(file, 'utf8')).version).toBe(libraryVersion)
  })
})
