import { type DefaultTreeAdapterTypes, parse } from 'parse5'
import { cutIntoPages } from './cut-into-pages.ts'
import type { Reading } from './page.ts'

type Node = DefaultTreeAdapterTypes.ChildNode
type Element = DefaultTreeAdapterTypes.Element

const list = (text: string): ReadonlySet<string> => new Set(text.split(' '))
/** What a reader does not see. */
const unseen = list('script style template noscript svg math head iframe object canvas')
const lines = list('div header footer main aside nav li tr dl dt dd figure form address hr br')
const paragraphs = list('p h1 h2 h3 h4 h5 h6 table ul ol blockquote pre section article')
const cells = list('td th')

/** The text of a page as a reader sees it, with tabs between the cells of tables. Nothing of it is run. */
export async function* readHtml(html: string): AsyncGenerator<Reading> {
  yield* cutIntoPages(textOf(parse(html).childNodes))
}

/** The end of an element, on the stack below what the element holds. */
interface End {
  readonly mark: string
  readonly isCell: boolean
}

/** Walks with a stack of its own: a page may be nested deeper than calls can be. */
function textOf(nodes: readonly Node[]): string {
  const parts: string[] = []
  const waiting: (Node | End)[] = nodes.toReversed()
  let openCells = 0
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if ('mark' in next) {
      if (next.isCell) openCells--
      parts.push(next.mark)
    } else if ('value' in next) {
      parts.push(next.nodeName === '#text' ? next.value.replaceAll(/\s+/g, ' ') : '')
    } else if ('tagName' in next && !isUnseen(next)) {
      const isCell = cells.has(next.tagName)
      const mark = isCell ? '\t' : markOf(next.tagName, openCells > 0)
      if (isCell) openCells++
      else parts.push(next.tagName === 'li' ? `${mark}- ` : mark)
      waiting.push({ mark, isCell }, ...next.childNodes.toReversed())
    } else if (!('tagName' in next) && 'childNodes' in next) {
      waiting.push(...(next.childNodes as Node[]).toReversed())
    }
  }
  return tidy(parts.join(''))
}

/** A cell stays on the line of its row, whatever it holds. */
function markOf(tagName: string, isInCell: boolean): string {
  const mark = paragraphs.has(tagName) ? '\v' : lines.has(tagName) ? '\n' : ''
  return mark !== '' && isInCell ? ' ' : mark
}

/** Text that is hidden from readers is a way to speak to a model behind their backs. */
function isUnseen({ tagName, attrs }: Element): boolean {
  return (
    unseen.has(tagName) ||
    attrs.some(
      ({ name, value }) =>
        name === 'hidden' ||
        (name === 'style' &&
          /display:\s*none|visibility:\s*hidden|font-size:\s*0(?![.\d])/i.test(value)),
    )
  )
}

/** Marks that meet are one: the end of a paragraph beside the end of a line is that of a paragraph. */
function tidy(text: string): string {
  return text
    .replaceAll(/[ \u00a0]+/g, ' ')
    .replaceAll(/ ?\t ?/g, '\t')
    .replaceAll(/[\t ]*[\n\v][ \n\v]*/g, (seam) => (seam.includes('\v') ? '\n\n' : '\n'))
    .trim()
}
