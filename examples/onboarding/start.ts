import { fileURLToPath } from 'node:url'
import { createHoldfast, isHoldfastError, openBreakableModels } from 'holdfast'
import { clientFolder, faultRoutes, sendJson, startServer, studioFolder } from 'holdfast/server'
import { createOnboarding } from './onboarding.ts'
import { profileRoutes } from './profile.ts'
import { topics } from './topics.ts'

/** The pages, the API and the worker in one process. */
async function start(): Promise<void> {
  const models = await openBreakableModels({ firstTokenMs: 350, tokensPerSecond: 45 })
  const app = await createHoldfast({
    pipelines: { onboarding: createOnboarding(models.models) },
    // A model takes seconds, and this process only waits for it: one place for each visitor who waits.
    concurrency: Number(process.env.CONCURRENCY ?? 64),
    data: process.env.HOLDFAST_DATA ?? '.data',
  })
  const server = await startServer({
    app,
    port: Number(process.env.PORT ?? 8787),
    routes: {
      ...faultRoutes(models),
      ...profileRoutes(app),
      'GET /topics': ({ response }) => sendJson(response, 200, topics),
    },
    pages: {
      '/': fileURLToPath(new URL('public', import.meta.url)),
      '/client': clientFolder,
      '/studio': studioFolder,
    },
  })
  console.log(`\nOpen ${server.url} (answers come from ${models.description})\n`)

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
