import { ask, originOf } from './api.js'
import { documents, select, selected } from './documents.js'
import { el, note } from './dom.js'
import { showPlace } from './viewer.js'

/** The summary of the selected document. */
export function setUpSummary(button, place) {
  button.addEventListener('click', async () => {
    const entry = selected()
    if (!entry) return
    const input = { documentId: entry.facts.id }
    await showAnswer(place, button, 'summarise', input, ({ points, dropped, report }) => [
      ...(report.problem ? [note(report.problem.message, 'bad')] : []),
      ...report.unread.map(({ from, to, why }) =>
        note(`Pages ${from} to ${to} not read: ${why}.`, 'warn'),
      ),
      el('ol', { className: 'statements' }, ...points.map(statementOf)),
      ...droppedNote(dropped),
    ])
  })
}

/** Questions about the selected document or about all of them. */
export function setUpQuestions(form, place) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const { question, scope } = form.elements
    const one = selected()?.facts.id
    const documentIds = scope.value === 'all' ? [...documents.keys()] : one ? [one] : []
    if (documentIds.length === 0) return place.replaceChildren(note('Bring a document first.'))
    const input = { question: question.value, documentIds }
    await showAnswer(place, form.querySelector('button'), 'answer-question', input, partsOfAnswer)
  })
}

function partsOfAnswer({ isAnswered, sentences, unread, dropped }) {
  if (!isAnswered) return [note('No model answered, and nothing was made up instead.', 'bad')]
  const shown = el('ol', { className: 'statements' }, ...sentences.map(statementOf))
  return [
    sentences.length > 0 ? shown : note('The documents do not say.'),
    ...(unread.length > 0 ? [note(`Not read: ${unread.join(', ')}.`, 'warn')] : []),
    ...droppedNote(dropped),
  ]
}

async function showAnswer(place, button, pipeline, input, partsOf) {
  button.disabled = true
  place.replaceChildren(note('Reading …'))
  try {
    const view = await ask(pipeline, input, ({ steps }) => {
      const step = steps.findLast(({ durationMs }) => durationMs === undefined)?.step
      if (step) place.replaceChildren(note(`${step} …`))
    })
    const parts = view.answer ? partsOf(view.answer.value) : [note(view.error.message, 'bad')]
    place.replaceChildren(...parts, el('p', { className: 'origin', textContent: originOf(view) }))
  } catch (error) {
    place.replaceChildren(note(error.message, 'bad'))
  } finally {
    button.disabled = false
  }
}

function droppedNote(dropped) {
  const what = dropped === 1 ? 'One sentence was' : `${dropped} sentences were`
  return dropped > 0 ? [note(`${what} dropped: no page supports it.`, 'warn')] : []
}

function statementOf(statement) {
  const name = documents.get(statement.documentId)?.facts.name ?? 'a removed document'
  const textContent = `${name}, page ${statement.page}`
  const cite = el('button', { type: 'button', className: 'citation', textContent })
  cite.title = statement.quote
  cite.addEventListener('click', () => {
    select(statement.documentId)
    showPlace(statement)
  })
  return el('li', {}, el('span', { textContent: statement.text }), ' ', cite)
}
