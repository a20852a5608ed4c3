import { originOf } from './api.js'
import { read } from './documents.js'
import { el, note } from './dom.js'
import { showPlace } from './viewer.js'

const place = document.getElementById('fields')
const origin = document.getElementById('fields-origin')

let shownView

/** What was found, what was refused and why, and what is not there. */
export function showFields(entry) {
  const view = entry?.view
  // Other documents change too; what is shown here is only made anew when it has changed itself.
  if (view !== undefined && view === shownView) return
  shownView = view
  origin.textContent = view ? originOf(view) : ''
  origin.dataset.source = view?.answer?.source ?? ''
  if (!entry) return place.replaceChildren()
  if (view?.error) return place.replaceChildren(note(view.error.message, 'bad'))
  if (!view?.answer) return place.replaceChildren(progressOf(view))
  const { fields, report } = view.answer.value
  const parts = fields.map(rowOf)
  if (report.problem) {
    parts.unshift(note(report.problem.message, 'bad'), ...tryAgain(entry, report.problem))
  } else {
    for (const { from, to, why } of report.unread) {
      const pages = from === to ? `Page ${from}` : `Pages ${from} to ${to}`
      parts.unshift(note(`${pages} not read: ${why}.`, 'warn'))
    }
  }
  place.replaceChildren(...parts)
}

/** For what may pass; a damaged file stays damaged. */
function tryAgain({ facts, fields }, { code }) {
  if (code !== 'no-answer') return []
  const again = el('button', { type: 'button', textContent: 'Try again' })
  again.addEventListener('click', () => read(facts.id, fields))
  return [again]
}

function progressOf(view) {
  const steps = (view?.steps ?? []).map(({ step, durationMs }) =>
    el('li', { className: durationMs === undefined ? 'running' : 'done', textContent: step }),
  )
  return el(
    'ol',
    { className: 'steps' },
    ...(steps.length > 0 ? steps : ['Waiting for its turn …']),
  )
}

function rowOf(result) {
  const { name, status, value, quote, page, confidence, why } = result
  const isFound = status === 'found'
  const row = el(isFound ? 'button' : 'div', { className: 'field', dataset: { name, status } })
  row.append(el('span', { className: 'field-name', textContent: name }), shownValue(status, value))
  if (isFound) {
    row.type = 'button'
    row.append(confidenceOf(confidence), el('q', { textContent: quote.replaceAll('\t', ' ') }))
    row.append(el('span', { className: 'field-page', textContent: `page ${page}` }))
    row.addEventListener('click', () => {
      for (const other of place.querySelectorAll('.chosen')) other.classList.remove('chosen')
      row.classList.add('chosen')
      showPlace(result)
    })
  }
  const introduction = status === 'refused' ? 'A value was refused:' : 'Check it:'
  if (why)
    row.append(el('span', { className: 'field-why', textContent: `${introduction} ${why}.` }))
  return row
}

const figures = new Intl.NumberFormat(undefined, { maximumFractionDigits: 6 })
const absences = {
  refused: 'refused',
  missing: 'not in the document',
  unread: 'not on the pages that were read',
}

function shownValue(status, value) {
  const text = Array.isArray(value) ? value.join(', ') : (value ?? absences[status])
  const shown = typeof value === 'number' ? figures.format(value) : text
  return el('span', { className: 'field-value', textContent: shown })
}

function confidenceOf(confidence) {
  const word = confidence >= 0.9 ? 'sure' : confidence >= 0.7 ? 'likely' : 'check'
  const percent = `${Math.round(confidence * 100)} %`
  return el('span', { className: `confidence ${word}`, textContent: `${word} · ${percent}` })
}
