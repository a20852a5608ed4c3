import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createHoldfast, isHoldfastError, listPrices } from 'holdfast'
import { clientFolder, startServer, studioFolder } from 'holdfast/server'
import { openDesk } from './desk/desk.ts'
import { openLine } from './desk/live-line.ts'
import { deskRoutes } from './desk/routes.ts'
import { openModels, rehearsalPrices } from './models.ts'
import { createArticlePipeline } from './writing/pipeline.ts'

/** The page, the desk and the writers in one process. */
async function start(): Promise<void> {
  const data = process.env.HOLDFAST_DATA ?? '.data/content'
  mkdirSync(data, { recursive: true })
  const models = await openModels(Number(process.env.REHEARSAL_TOKENS_PER_SECOND ?? 60))
  const line = await openLine(join(data, 'pauses.json'))
  const app = await createHoldfast({
    pipelines: { article: createArticlePipeline(line, models.models) },
    prices: rehearsalPrices,
    // Six articles at a time are some thirty sections: what providers take from one account.
    concurrency: 6,
    data,
  })
  const primary = models.models[0]?.id ?? ''
  const price = { ...listPrices, ...rehearsalPrices }[primary]
  if (!price) throw new Error(`The price of ${primary} is not known. Add it to prices in start.ts.`)
  const desk = await openDesk({ app, pipeline: app.article, price, line })
  const server = await startServer({
    app,
    port: Number(process.env.PORT ?? 8788),
    routes: deskRoutes(desk, models),
    pages: {
      '/': fileURLToPath(new URL('public', import.meta.url)),
      '/client': clientFolder,
      '/samples': fileURLToPath(new URL('samples', import.meta.url)),
      '/studio': studioFolder,
    },
  })
  console.log(`\nOpen ${server.url} (articles come from ${models.description})\n`)

  const stop = async () => {
    await server.close()
    await app.close()
    await models.close()
    process.exit(0)
  }
  process.once('SIGINT', stop).once('SIGTERM', stop)
}

try {
  await start()
} catch (error) {
  console.error(isHoldfastError(error) ? `${error.code}: ${error.message}` : error)
  process.exit(1)
}
