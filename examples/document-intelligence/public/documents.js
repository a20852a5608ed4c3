import { ask, earlier, follow, request } from './api.js'
import { el } from './dom.js'

const list = document.getElementById('documents')
const problems = document.getElementById('upload-problems')
/** By id: the document's facts and the newest view of its fields. */
export const documents = new Map()
const listeners = []
let selectedId

/** Called with the selected document whenever it, or what is known of it, changes. */
export const onChange = (listener) => listeners.push(listener)
export const selected = () => documents.get(selectedId)

export function select(id) {
  selectedId = id
  show()
}

/** What was brought before, with what was found in it; what is still being read goes on being shown. */
export async function restore() {
  for (const facts of await request('/documents')) documents.set(facts.id, { facts })
  for (const record of (await earlier('read-fields')).toReversed()) {
    const entry = documents.get(record.input.documentId)
    if (!entry) continue
    entry.fields = record.input.fields
    entry.answerId = record.id
  }
  for (const entry of documents.values()) {
    if (entry.answerId) keepUp(entry, (onView) => follow(entry.answerId, onView))
  }
  selectedId = [...documents.keys()].at(-1)
  show()
}

/** Each file by itself, so that one that is refused keeps no other from being read. */
export async function bring(files, fields) {
  await Promise.all(
    files.map(async ({ file, name }) => {
      try {
        const path = `/documents?name=${encodeURIComponent(name)}`
        const facts = await request(path, { method: 'POST', body: file })
        documents.set(facts.id, { facts })
        selectedId ??= facts.id
        await read(facts.id, fields)
      } catch (error) {
        problems.append(el('li', { textContent: `${name}: ${error.message}` }))
      }
    }),
  )
}

/** Reads the fields of a document, again where they have been changed. */
export async function read(id, fields) {
  const entry = documents.get(id)
  entry.fields = fields
  entry.view = undefined
  show()
  await keepUp(entry, (onView) => ask('read-fields', { documentId: id, fields }, onView))
}

async function keepUp(entry, start) {
  const { id } = entry.facts
  const turn = Symbol(id)
  entry.turn = turn
  const view = await start((next) => {
    if (entry.turn !== turn) return
    entry.view = next
    show()
  })
  entry.facts = await request(`/documents/${id}`)
  if (entry.turn === turn) entry.view = view
  show()
}

export async function remove(id) {
  await request(`/documents/${id}`, { method: 'DELETE' })
  documents.delete(id)
  if (selectedId === id) selectedId = documents.keys().next().value
  show()
}

function show() {
  list.replaceChildren(...[...documents.values()].map(itemOf))
  for (const listener of listeners) listener(selected())
}

function itemOf({ facts, view }) {
  const { id, name } = facts
  const state = stateOf(view)
  const open = el(
    'button',
    { type: 'button', className: 'document', ariaCurrent: String(id === selectedId) },
    el('span', { className: 'document-name', textContent: name, title: name }),
    el('span', { className: `document-state ${state.kind}`, textContent: state.text }),
  )
  open.addEventListener('click', () => select(id))
  const away = el('button', { type: 'button', className: 'remove', textContent: '×' })
  away.ariaLabel = `Remove ${name}`
  away.addEventListener('click', () => remove(id))
  return el('li', { dataset: { name, state: state.kind } }, open, away)
}

function stateOf(view) {
  if (!view || view.state === 'waiting') return { kind: 'running', text: 'waiting …' }
  if (view.error) return { kind: 'failed', text: view.error.message }
  if (view.state === 'running') {
    const step = view.steps.findLast(({ durationMs }) => durationMs === undefined)
    return { kind: 'running', text: `${step?.step ?? 'reading'} …` }
  }
  const { fields, report } = view.answer.value
  if (report.problem) return { kind: 'failed', text: report.problem.message }
  const found = fields.filter(({ status }) => status === 'found').length
  const pages = `${report.pages} ${report.pages === 1 ? 'page' : 'pages'}`
  const isPartial = report.unread.length > 0
  return {
    kind: isPartial ? 'partial' : 'finished',
    text: `${found} of ${fields.length} fields · ${pages}${isPartial ? ', not all read' : ''}`,
  }
}
