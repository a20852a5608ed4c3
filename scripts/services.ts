import type { TestProject } from 'vitest/node'
import { findChromium } from './chromium.ts'
import { startPostgres } from './postgres.ts'
import { startRedis } from './redis.ts'

declare module 'vitest' {
  interface ProvidedContext {
    redisUrl: string
    postgresUrl: string
    chromium: string
  }
}

/** Gets what the system tests need before they start, and stops what was started. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [redis, postgres] = await Promise.all([startRedis(), startPostgres()])
  project.provide('redisUrl', redis.url)
  project.provide('postgresUrl', postgres.url)
  project.provide('chromium', findChromium())
  return async () => {
    await Promise.all([redis.stop(), postgres.stop()])
  }
}
