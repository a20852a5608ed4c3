import { strToU8, zipSync } from 'fflate'
import markdownIt from 'markdown-it'
import type { Article } from '../writing/article.ts'
import type { Brief } from '../writing/brief.ts'
import { listSteps } from '../writing/work.ts'

/** An article with the brief that it was written for. */
export interface Manuscript {
  readonly id: string
  readonly brief: Brief
  readonly article: Article
}

export const formats = ['md', 'html', 'json'] as const
export type Format = (typeof formats)[number]

export const contentTypes: Readonly<Record<Format | 'zip', string>> = {
  md: 'text/markdown; charset=utf-8',
  html: 'text/html; charset=utf-8',
  json: 'application/json; charset=utf-8',
  zip: 'application/zip',
}

// HTML in a text stays text: a model's answer is nobody's markup.
const markdown = markdownIt({ html: false, linkify: false, typographer: true })

export function toText(manuscript: Manuscript, format: Format): string {
  if (format === 'md') return toMarkdown(manuscript)
  return format === 'html' ? toHtml(manuscript) : toJson(manuscript)
}

export function toMarkdown({ article, brief }: Manuscript): string {
  const { title, summary, keywords, plan, sections, status } = article
  // JSON strings are YAML strings, so nothing in a title can end the metadata.
  const metadata = Object.entries({ title, summary, keywords, audience: brief.audience, status })
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
    .join('\n')
  const body = plan.sections
    .map(({ heading }, index) => `## ${heading}\n\n${sections[index] ?? ''}`)
    .join('\n\n')
  return `---\n${metadata}\n---\n\n# ${title}\n\n*${summary}*\n\n${body}\n`
}

/** A page of its own, with the metadata that search engines and previews read. */
function toHtml(manuscript: Manuscript): string {
  const { article, brief } = manuscript
  const meta = Object.entries({
    description: article.summary,
    keywords: article.keywords.join(', '),
    'article:status': article.status,
    'article:audience': brief.audience,
  })
  const body = toMarkdown(manuscript).replace(/^---\n[\s\S]*?\n---\n/, '')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(article.title)}</title>
${meta.map(([name, content]) => `<meta name="${name}" content="${escapeHtml(content)}">`).join('\n')}
<style>body{max-width:40rem;margin:3rem auto;padding:0 1rem;font:1.1rem/1.6 Georgia,serif}</style>
</head>
<body>
<article>
${markdown.render(body)}</article>
</body>
</html>
`
}

function toJson({ id, brief, article }: Manuscript): string {
  const { work, ...document } = article
  const steps = listSteps(work)
  return `${JSON.stringify({ id, brief, ...document, steps }, null, 2)}\n`
}

/** All articles of a batch in all formats, and a table of what became of each. */
export function toZip(manuscripts: readonly Manuscript[]): Uint8Array {
  const files = manuscripts.flatMap((manuscript, index) => {
    const name = `${String(index + 1).padStart(3, '0')}-${fileName(manuscript)}`
    return formats.map((format) => [
      `${format}/${name}.${format}`,
      strToU8(toText(manuscript, format)),
    ])
  })
  const table = manuscripts.map(({ article, brief }) =>
    [
      article.title,
      article.status,
      article.report.words,
      brief.words,
      article.report.spent.usd,
      article.report.notes.join(' '),
    ]
      .map(csvCell)
      .join(','),
  )
  const header = 'title,status,words,words_wanted,usd,notes'
  const report = strToU8(`${[header, ...table].join('\n')}\n`)
  return zipSync({ ...Object.fromEntries(files), 'report.csv': report }, { level: 6 })
}

/** Letters, digits and dashes alone: it becomes a path on somebody's disk. */
export function fileName({ article, id }: Manuscript): string {
  const slug = article.title
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 60)
  return slug === '' ? id : slug
}

/** A cell that begins like a formula would be run by a spreadsheet. */
function csvCell(value: string | number): string {
  const text = typeof value === 'string' && /^[=+\-@\t]/.test(value) ? `'${value}` : String(value)
  return `"${text.replaceAll('"', '""')}"`
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
