import * as published from '@opentelemetry/semantic-conventions/incubating'
import { describe, expect, it } from 'vitest'
import {
  detailsEvent,
  errorType,
  genAi,
  httpStatusCode,
  own,
  systemFingerprint,
} from './conventions.ts'

describe('conventions', () => {
  const known = new Set<unknown>(Object.values(published))

  it('spell the names that OpenTelemetry publishes', () => {
    const ours = [
      ...Object.values(genAi),
      detailsEvent,
      errorType,
      httpStatusCode,
      systemFingerprint,
    ]
    expect(ours.filter((name) => !known.has(name))).toEqual([])
  })

  it('give own names where OpenTelemetry has none', () => {
    for (const name of Object.values(own)) {
      expect(name).toMatch(/^holdfast\./)
      expect(known.has(name)).toBe(false)
    }
  })
})
