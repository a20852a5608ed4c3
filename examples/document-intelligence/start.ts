import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createHoldfast, isHoldfastError, openBreakableModels } from 'holdfast'
import { clientFolder, faultRoutes, startServer, studioFolder } from 'holdfast/server'
import { documentRoutes } from './document-routes.ts'
import { openLibrary } from './documents/library.ts'
import { createPipelines } from './pipelines/index.ts'

const here = (folder: string): string => fileURLToPath(new URL(folder, import.meta.url))

/** The page, the API and the worker in one process; files are read in processes of their own. */
async function start(): Promise<void> {
  const data = process.env.HOLDFAST_DATA ?? '.data'
  const models = await openBreakableModels({ firstTokenMs: 150, tokensPerSecond: 400 })
  const library = await openLibrary(join(data, 'documents'))
  const app = await createHoldfast({ pipelines: createPipelines(library, models.models), data })
  const server = await startServer({
    app,
    port: Number(process.env.PORT ?? 8789),
    routes: { ...documentRoutes(library, app), ...faultRoutes(models) },
    pages: {
      '/': here('public'),
      '/samples': here('samples'),
      '/client': clientFolder,
      '/studio': studioFolder,
      '/pdfjs': dirname(createRequire(import.meta.url).resolve('pdfjs-dist/package.json')),
    },
  })
  console.log(`\nOpen ${server.url} (answers come from ${models.description})\n`)

  const stop = async () => {
    await server.close()
    await library.close()
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
