import { request } from './api.js'
import { el, note } from './dom.js'
import { showPlace } from './viewer.js'

const place = document.getElementById('tables')

/** The tables of a document, each to be taken away as CSV. */
export async function showTables(entry) {
  if (!entry) return place.replaceChildren()
  const { id } = entry.facts
  place.dataset.of = id
  place.replaceChildren(note('Looking for tables …'))
  try {
    const tables = await request(`/documents/${id}/tables`)
    if (place.dataset.of !== id) return
    const shown = tables.map((table, at) => tableOf(table, id, at + 1))
    place.replaceChildren(...(shown.length > 0 ? shown : [note('There are no tables in it.')]))
  } catch (error) {
    place.replaceChildren(note(error.message, 'bad'))
  }
}

function tableOf(table, id, number) {
  const [head = [], ...rows] = table.rows
  const line = (cells, tag) => el('tr', {}, ...cells.map((cell) => el(tag, { textContent: cell })))
  const see = el('button', {
    type: 'button',
    className: 'quiet',
    textContent: `Page ${table.page}`,
  })
  see.addEventListener('click', () => showPlace(table))
  const href = `/documents/${id}/tables/${number}`
  const download = el('a', { href, textContent: 'Download CSV', download: '' })
  const title = el('h3', { textContent: `Table ${number}` })
  const grid = el(
    'table',
    {},
    el('thead', {}, line(head, 'th')),
    el('tbody', {}, ...rows.map((row) => line(row, 'td'))),
  )
  return el(
    'section',
    { className: 'table' },
    el('div', { className: 'table-head' }, title, see, download),
    el('div', { className: 'scroll', tabIndex: 0 }, grid),
  )
}
