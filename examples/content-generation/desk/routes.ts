import { HoldfastError } from 'holdfast'
import { type Exchange, type Routes, readJson, sendJson } from 'holdfast/server'
import { z } from 'zod'
import { breakages, type DeskModels } from '../models.ts'
import { briefSchema } from '../writing/brief.ts'
import { listSteps, revisionStep, sectionStep } from '../writing/work.ts'
import { batchView, manuscripts } from './batch-view.ts'
import type { Desk, Status } from './desk.ts'
import { contentTypes, fileName, formats, toText, toZip } from './export.ts'
import { readCsv } from './read-csv.ts'

const oneBrief = z.object({ brief: briefSchema })
const oneFile = z.object({ name: z.string().trim().min(1).max(80), csv: z.string() })

/** Room for a file of 500 briefs. */
const maxBodyBytes = 2 * 1024 * 1024

/** The addresses of the desk, beside those of the library under /v1. */
export function deskRoutes(desk: Desk, models: DeskModels): Routes {
  return {
    ...articleRoutes(desk),
    ...batchRoutes(desk),
    'GET /desk/faults': ({ response }) => sendJson(response, 200, faults(models)),
    'POST /desk/faults': async (exchange) => {
      const { breakage } = await body(exchange, z.object({ breakage: z.enum(breakages) }))
      models.break(breakage)
      sendJson(exchange.response, 200, faults(models))
    },
  }
}

const faults = ({ breakage, description }: DeskModels) => ({ breakage, breakages, description })

function articleRoutes(desk: Desk): Routes {
  return {
    'POST /desk/forecast': async (exchange) => {
      const { brief } = await body(exchange, oneBrief)
      sendJson(exchange.response, 200, await desk.forecast([brief]))
    },
    'POST /desk/articles': async (exchange) => {
      const { brief } = await body(exchange, oneBrief)
      const { id } = await desk.order(brief)
      sendJson(exchange.response, 202, articleView(await known(desk, id)))
    },
    'GET /desk/articles': async ({ response }) => {
      const entries = desk.list({}).slice(0, 30)
      const articles = await Promise.all(entries.map(({ id }) => known(desk, id)))
      sendJson(response, 200, {
        articles: articles.map(({ id, brief, batch, state, article }) => ({
          id,
          batch,
          state,
          title: article?.title ?? brief.topic,
        })),
      })
    },
    'GET /desk/articles/:article': async ({ response, params }) =>
      sendJson(response, 200, articleView(await known(desk, params.article))),
    'POST /desk/articles/:article/:action': async ({ response, params }) => {
      const { id } = await known(desk, params.article)
      await act(desk, id, params.action)
      sendJson(response, 200, articleView(await known(desk, id)))
    },
    'POST /desk/articles/:article/sections/:section/regenerate': async ({ response, params }) => {
      const { id } = await known(desk, params.article)
      const entry = await desk.regenerate(id, Number(params.section))
      if (!entry) throw notFound('section', `${params.section}`)
      sendJson(response, 202, articleView(await known(desk, id)))
    },
    'GET /desk/articles/:article/export/:format': async ({ response, params }) => {
      const { id, brief, article } = await known(desk, params.article)
      const format = formats.find((each) => each === params.format)
      if (!format || !article) throw notFound('export', `${params.format}`)
      const manuscript = { id, brief, article }
      download(response, `${fileName(manuscript)}.${format}`, contentTypes[format])
      response.end(toText(manuscript, format))
    },
  }
}

function batchRoutes(desk: Desk): Routes {
  return {
    'POST /desk/batches/preview': async (exchange) => {
      const { csv } = await body(exchange, oneFile)
      const rows = readCsv(csv)
      const briefs = rows.flatMap((row) => ('brief' in row ? [row.brief] : []))
      sendJson(exchange.response, 200, { rows, forecast: await desk.forecast(briefs) })
    },
    'POST /desk/batches': async (exchange) => {
      const { csv, name } = await body(exchange, oneFile)
      const batch = `${name
        .toLowerCase()
        .replaceAll(/[^a-z0-9]+/g, '-')
        .slice(0, 40)}-${Date.now().toString(36)}`
      for (const row of readCsv(csv)) if ('brief' in row) await desk.order(row.brief, { batch })
      sendJson(exchange.response, 202, await batchView(desk, batch))
    },
    'GET /desk/batches/:batch': async ({ response, params }) =>
      sendJson(response, 200, await batchView(desk, `${params.batch}`)),
    'POST /desk/batches/:batch/:action': async ({ response, params }) => {
      await act(desk, `${params.batch}`, params.action)
      sendJson(response, 200, await batchView(desk, `${params.batch}`))
    },
    'GET /desk/batches/:batch/export/zip': async ({ response, params }) => {
      const zip = toZip(await manuscripts(desk, `${params.batch}`))
      download(response, `${params.batch}.zip`, contentTypes.zip)
      response.end(zip)
    },
  }
}

async function act(desk: Desk, target: string, action: string | undefined): Promise<void> {
  if (action === 'pause') await desk.pause(target)
  else if (action === 'resume') await desk.resume(target)
  else if (action === 'cancel') await desk.cancel(target)
  else if (action === 'mend') await desk.mend(target)
  else throw notFound('action', `${action}`)
}

/** What the page shows of an article; the texts of single steps stay here. */
function articleView({ article, order, ...status }: Status) {
  const { work = {}, ...document } = article ?? {}
  return {
    ...status,
    answerId: status.versions.at(-1),
    // Sections that a version at work has taken over, by their index.
    kept: Object.fromEntries(
      Array.from({ length: 12 }, (_none, index) => {
        const done = order.keep[revisionStep(index)] ?? order.keep[sectionStep(index)]
        return [index, done?.value]
      }),
    ),
    article: article && { ...document, steps: listSteps(work) },
  }
}

async function known(desk: Desk, id: string | undefined): Promise<Status> {
  const status = await desk.status(`${id}`)
  if (!status) throw notFound('article', `${id}`)
  return status
}

function notFound(kind: string, id: string): HoldfastError<'NOT_FOUND'> {
  return new HoldfastError('NOT_FOUND', `There is no ${kind} ${JSON.stringify(id)}.`, { kind, id })
}

async function body<Shape>({ request }: Exchange, shape: z.ZodType<Shape>): Promise<Shape> {
  const parsed = shape.safeParse(await readJson(request, maxBodyBytes))
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }))
  const text = issues.map(({ path, message }) => `${path}: ${message}`).join('; ')
  throw new HoldfastError('INVALID_INPUT', `The request does not fit: ${text}.`, { issues })
}

function download(response: Exchange['response'], name: string, contentType: string): void {
  response.writeHead(200, {
    'content-type': contentType,
    'content-disposition': `attachment; filename="${name}"`,
    'x-content-type-options': 'nosniff',
  })
}
