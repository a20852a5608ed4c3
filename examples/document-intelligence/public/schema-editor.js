import { request } from './api.js'
import { el } from './dom.js'

const types = ['text', 'number', 'date', 'currency', 'list']
const form = document.getElementById('schema')
const rows = document.getElementById('schema-rows')
const choice = document.getElementById('template')
const kept = (name) => localStorage.getItem(`template ${name}`)

/** The list of fields that the user reads documents by: one of the templates, changed as they like. */
export async function setUpSchema(onRead) {
  const templates = await request('/templates')
  choice.replaceChildren(...Object.keys(templates).map((name) => new Option(name, name)))
  const load = () => {
    const own = kept(choice.value)
    rows.replaceChildren(...(own ? JSON.parse(own) : templates[choice.value]).map(rowOf))
  }
  // Until the user says which, each document is read by what it looks like.
  let isChosen = false
  choice.addEventListener('change', () => {
    isChosen = true
    load()
  })
  document.getElementById('add-field').addEventListener('click', () => {
    rows.append(rowOf({ name: '', type: 'text', hint: '' }))
    rows.lastElementChild.querySelector('input').focus()
  })
  document.getElementById('reset-fields').addEventListener('click', () => {
    localStorage.removeItem(`template ${choice.value}`)
    load()
  })
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    isChosen = true
    localStorage.setItem(`template ${choice.value}`, JSON.stringify(currentFields()))
    onRead(currentFields())
  })
  load()
  return {
    /** The fields to read a document by: those that the user chose, else those of its kind. */
    async fieldsFor(documentId) {
      if (isChosen) return currentFields()
      const { template } = await request(`/documents/${documentId}/template`)
      choice.value = template
      load()
      return currentFields()
    },
    /** The fields that a document was read by. */
    show(fields) {
      const isLike = ([, [first]]) => first.name === fields[0]?.name
      choice.value = Object.entries(templates).find(isLike)?.[0] ?? choice.value
      rows.replaceChildren(...fields.map(rowOf))
    },
    choose(name) {
      choice.value = name
      load()
      return currentFields()
    },
  }
}

function currentFields() {
  return [...rows.children]
    .map((row) => {
      const value = (name) => row.querySelector(`[name="${name}"]`).value.trim()
      return { name: value('name'), type: value('type'), hint: value('hint') }
    })
    .filter(({ name }) => name !== '')
}

function rowOf({ name, type, hint }) {
  const input = (key, value, label) =>
    el('input', { name: key, value, ariaLabel: label, placeholder: label, maxLength: 300 })
  const select = el('select', { name: 'type', ariaLabel: 'Type' })
  select.append(...types.map((each) => new Option(each, each)))
  select.value = type
  const away = el('button', { type: 'button', className: 'remove', textContent: '×' })
  away.ariaLabel = `Remove the field ${name}`
  const names = input('hint', hint, 'Other names, with commas')
  const row = el('li', {}, input('name', name, 'Field'), select, names, away)
  away.addEventListener('click', () => row.remove())
  return row
}
