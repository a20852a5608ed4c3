import type { TestProject } from 'vitest/node'
import { findChromium } from './chromium.ts'
import { startRedis } from './redis.ts'

declare module 'vitest' {
  interface ProvidedContext {
    redisUrl: string
    chromium: string
  }
}

/** Gets what the system tests need before they start, and stops what was started. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const redis = await startRedis()
  project.provide('redisUrl', redis.url)
  project.provide('chromium', findChromium())
  return redis.stop
}
