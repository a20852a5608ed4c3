import { request } from './api.js'
import { el, note } from './dom.js'
import { drawPdfPage } from './pdf-page.js'

const sheet = document.getElementById('sheet')
const title = document.getElementById('viewer-title')
const position = document.getElementById('page-position')
const [back, on] = ['page-back', 'page-on'].map((id) => document.getElementById(id))
let shown = { id: undefined, isRead: false, number: 1 }
let current

back.addEventListener('click', () => showPage(shown.number - 1))
on.addEventListener('click', () => showPage(shown.number + 1))

/** Shows a document from its first page, unless it is shown already. */
export function showDocument(entry) {
  const { id, isRead = false } = entry?.facts ?? {}
  current = entry
  if (shown.id === id && shown.isRead === isRead && id !== undefined) return
  shown = { ...shown, id, isRead }
  showPage(1)
}

/** Shows the page of a place, and where on it the place is. */
export function showPlace(place) {
  showPage(place.page, place)
}

async function showPage(number, place) {
  const turn = { ...shown, number }
  shown = turn
  title.textContent = current?.facts.name ?? 'No document'
  const pages = current?.facts.pages ?? 0
  position.textContent = pages > 0 ? `Page ${number} of ${pages}` : ''
  back.disabled = number <= 1
  on.disabled = number >= pages
  if (!current) return sheet.replaceChildren(note('Bring a document, or try the samples.'))
  if (!current.facts.isRead) return sheet.replaceChildren(note('The file is being read …'))
  if (pages === 0) {
    return sheet.replaceChildren(note(current.facts.problem?.message ?? 'Nothing to show.', 'bad'))
  }
  try {
    const { id } = current.facts
    const view = await drawPage(
      current.facts,
      await request(`/documents/${id}/pages/${number}`),
      place,
    )
    // Another page may have been asked for meanwhile.
    if (turn !== shown) return
    sheet.replaceChildren(view)
    bringIntoView(view.querySelector('.highlight'))
  } catch (error) {
    if (turn === shown) sheet.replaceChildren(note(error.message, 'bad'))
  }
}

/** Beside the list the page scrolls by itself; on a phone it stands below, and has to be gone to. */
function bringIntoView(highlight) {
  if (!highlight) return
  const isBeside = matchMedia('(min-width: 1121px)').matches
  if (!isBeside) return highlight.scrollIntoView({ block: 'center' })
  const { top } = highlight.getBoundingClientRect()
  sheet.scrollTop += top - sheet.getBoundingClientRect().top - sheet.clientHeight / 3
}

async function drawPage({ id, kind, name }, page, place) {
  if (!page.size) return drawText(page.text, place)
  const url = `/documents/${id}/file`
  const picture =
    kind === 'pdf'
      ? await drawPdfPage(url, page.number)
      : el('img', { src: url, alt: `Page ${page.number} of ${name}` })
  return el('div', { className: 'paper' }, picture, ...boxesOf(page, place))
}

function drawText(text, place) {
  const words = el('div', { className: 'paper words' })
  const { start = 0, end = 0 } = place ?? {}
  words.append(text.slice(0, start))
  if (end > start) words.append(el('mark', { className: 'highlight' }, text.slice(start, end)))
  words.append(text.slice(end))
  return words
}

/** The part of each piece of text that belongs to the place, as shares of the page. */
function boxesOf({ size, boxes }, place) {
  if (!place) return []
  return boxes
    .filter(({ start, end }) => start < place.end && end > place.start)
    .map(({ start, end, x, y, width, height }) => {
      const from = Math.max(0, place.start - start) / (end - start)
      const to = Math.min(end - start, place.end - start) / (end - start)
      const box = el('span', { className: 'highlight' })
      const share = (value, whole) => `${(value / whole) * 100}%`
      box.style.left = share(x + from * width, size.width)
      box.style.width = share((to - from) * width, size.width)
      box.style.top = share(y, size.height)
      box.style.height = share(height, size.height)
      return box
    })
}
