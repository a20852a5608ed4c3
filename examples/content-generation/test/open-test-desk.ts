import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createHoldfast,
  createLogger,
  type Model,
  type RehearsalServer,
  rehearsal,
  startRehearsalServer,
} from 'holdfast'
import { type Desk, openDesk, type Status } from '../desk/desk.ts'
import { openLine } from '../desk/live-line.ts'
import { rehearsalPrices } from '../models.ts'
import { createArticlePipeline } from '../writing/pipeline.ts'

export const price = { input: 0.25, output: 2 }

export interface TestDesk {
  readonly desk: Desk
  readonly server: RehearsalServer
  /** Resolves when the article is no longer at work. */
  ended(article: string): Promise<Status>
  close(): Promise<void>
}

/** A desk on a folder of its own, with a rehearsal server that writes as fast as it can. */
export async function openTestDesk(
  options: { readonly models?: readonly Model[]; readonly tokensPerSecond?: number } = {},
): Promise<TestDesk> {
  const data = mkdtempSync(join(tmpdir(), 'holdfast-content-'))
  const { tokensPerSecond = 0 } = options
  const server = await startRehearsalServer({ firstTokenMs: 0, tokensPerSecond })
  const standIn = (model: string) => rehearsal(server, { model })
  const models = options.models ?? [standIn('rehearsal-primary'), standIn('rehearsal-fallback')]
  const line = await openLine(join(data, 'pauses.json'))
  const app = await createHoldfast({
    pipelines: { article: createArticlePipeline(line, models) },
    prices: { ...rehearsalPrices, scripted: price },
    concurrency: 6,
    data,
    logger: createLogger('silent'),
  })
  const desk = await openDesk({ app, pipeline: app.article, price, line })
  return {
    desk,
    server,
    async ended(article) {
      const newest = desk.find(article)?.versions.at(-1) ?? ''
      const subscription = app.events.subscribe(newest)
      for await (const _events of subscription);
      const status = await desk.status(article)
      if (!status) throw new Error(`There is no article ${article}.`)
      return status
    },
    async close() {
      await app.close()
      await server.close()
      rmSync(data, { recursive: true, force: true })
    },
  }
}
