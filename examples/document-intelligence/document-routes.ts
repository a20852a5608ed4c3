import type { ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { HoldfastError, type HoldfastParts } from 'holdfast'
import { type Routes, sendJson } from 'holdfast/server'
import { toCsv } from './documents/csv.ts'
import { forgetDocument } from './documents/forget.ts'
import { type DocumentFacts, type Library, mostBytes } from './documents/library.ts'
import { tooLarge } from './documents/limit-bytes.ts'
import { findTables, type Table } from './documents/tables.ts'
import type { Kind } from './parse/detect-kind.ts'
import { likelyTemplate, templates } from './pipelines/fields.ts'

/** Only what a page shows as a picture has a type of its own; a document in HTML is never a page here. */
const contentTypes: Partial<Record<Kind, string>> = {
  pdf: 'application/pdf',
  png: 'image/png',
  jpeg: 'image/jpeg',
}

/** Documents over HTTP: bring one, look at its pages, take its tables away. */
export function documentRoutes(
  library: Library,
  app: Pick<HoldfastParts, 'answers' | 'pipelines'>,
): Routes {
  return {
    'GET /templates': ({ response }) => sendJson(response, 200, templates),
    'GET /documents': async ({ response }) => sendJson(response, 200, await library.list()),
    'POST /documents': async ({ request, response, url }) => {
      checkLength(Number(request.headers['content-length'] ?? 0))
      const added = await library.add(url.searchParams.get('name') ?? '', request)
      sendJson(response, 201, added)
    },
    'GET /documents/:id': async ({ response, params: { id = '' } }) =>
      sendJson(response, 200, await library.facts(id)),
    'DELETE /documents/:id': async ({ response, params: { id = '' } }) => {
      await library.remove(id)
      await forgetDocument(app, id)
      response.writeHead(204).end()
    },
    'GET /documents/:id/file': async ({ response, params: { id = '' } }) => {
      await sendFile(library, await library.facts(id), response)
    },
    'GET /documents/:id/pages/:number': async ({ response, params: { id = '', number = '' } }) => {
      await library.open(id)
      const [page] = await library.pages(id, Number(number), Number(number))
      if (!page) throw notFound('page', number)
      sendJson(response, 200, page)
    },
    'GET /documents/:id/template': async ({ response, params: { id = '' } }) => {
      const opened = await library.open(id)
      const pages = opened.pages === 0 ? [] : await library.pages(id)
      const template = likelyTemplate(pages.map(({ text }) => text).join('\n'))
      sendJson(response, 200, { template })
    },
    'GET /documents/:id/tables': async ({ response, params: { id = '' } }) =>
      sendJson(response, 200, await tablesOf(library, id)),
    'GET /documents/:id/tables/:number': async ({ response, params: { id = '', number = '' } }) => {
      const table = (await tablesOf(library, id))[Number(number) - 1]
      if (!table) throw notFound('table', number)
      response
        .writeHead(200, {
          'content-type': 'text/csv; charset=utf-8',
          'content-disposition': `attachment; filename="table-${Number(number)}.csv"`,
        })
        .end(toCsv(table.rows))
    },
  }
}

async function tablesOf(library: Library, id: string): Promise<Table[]> {
  await library.open(id)
  return (await library.pages(id)).flatMap(findTables)
}

/** What others wrote: it is shown by the page's own means, and never run. */
async function sendFile(
  library: Library,
  facts: DocumentFacts,
  response: ServerResponse,
): Promise<void> {
  const kind = facts.isRead ? facts.kind : undefined
  response.writeHead(200, {
    'content-type': (kind && contentTypes[kind]) ?? 'application/octet-stream',
    'content-length': facts.bytes,
    'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
  })
  await pipeline(library.fileOf(facts.id), response)
}

/** Before anything is read: an answer in the middle of a body would not be heard. */
function checkLength(bytes: number): void {
  if (bytes > mostBytes) throw tooLarge(mostBytes)
}

function notFound(kind: string, id: string): HoldfastError<'NOT_FOUND'> {
  return new HoldfastError('NOT_FOUND', `There is no ${kind} ${JSON.stringify(id)} here.`, {
    kind,
    id,
  })
}
