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

/** Said before it is sent: a server that refuses a file in the middle can only break off. */
const mostBytes = 25 * 1024 * 1024

/**
 * Each file by itself, so that one that is refused keeps no other from being read. `fieldsFor` says, by
 * the id of a document, by which fields it is read.
 */
export async function bring(files, fieldsFor) {
  await Promise.all(
    files.map(async ({ file, name }) => {
      try {
        if (file.size > mostBytes) throw new Error('The file is larger than 25 MB. Split it.')
        const path = `/documents?name=${encodeURIComponent(name)}`
        const facts = await request(path, { method: 'POST', body: file })
        documents.set(facts.id, { facts })
        selectedId ??= facts.id
        await read(facts.id, await fieldsFor(facts.id))
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
    // The end is shown below, together with the facts: values cannot be looked up in a page without them.
    if (entry.turn !== turn || next.state === 'finished') return
    entry.view = next
    show()
  })
  entry.facts = await request(`/documents/${id}`)
  if (entry.turn === turn) entry.view = view
  show()
}

export async function remove(id) {
  await request(`/documents/${id}`, { method: 'DELETE' })
  documents.get(id)?.item.remove()
  documents.delete(id)
  if (selectedId === id) selectedId = documents.keys().next().value
  show()
}

function show() {
  for (const [id, entry] of documents) {
    entry.item ??= createItem(entry)
    updateItem(entry, id === selectedId)
  }
  for (const listener of listeners) listener(selected())
}

/** Made once and changed from then on, so that whoever stands on it with the keyboard stays there. */
function createItem({ facts: { id, name } }) {
  const open = el(
    'button',
    { type: 'button', className: 'document' },
    el('span', { className: 'document-name', textContent: name, title: name }),
    el('span', { className: 'document-state' }),
  )
  open.addEventListener('click', () => select(id))
  const away = el('button', { type: 'button', className: 'remove', textContent: '×' })
  away.ariaLabel = `Remove ${name}`
  away.addEventListener('click', () => remove(id))
  const item = el('li', { dataset: { name } }, open, away)
  list.append(item)
  return item
}

function updateItem({ item, view }, isSelected) {
  const { kind, text } = stateOf(view)
  item.dataset.state = kind
  item.querySelector('.document').ariaCurrent = String(isSelected)
  const state = item.querySelector('.document-state')
  state.className = `document-state ${kind}`
  if (state.textContent !== text) state.textContent = text
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
