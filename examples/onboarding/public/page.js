import { applyEvent, createLiveClient, emptyView } from '/client/index.js'
import { setUpFaults } from './faults.js'
import { showOrigin } from './origin.js'

const routeNames = {
  '/exchange/quote': 'See a quote',
  '/account/verify': 'Verify your identity',
  '/learn/fees': 'Fees and limits',
  '/help/contact': 'Talk to a person',
}

const client = createLiveClient({ url: location.origin })
const messages = document.getElementById('messages')
const starters = document.getElementById('starters')
const composer = document.getElementById('composer')
const userId = visitorId()

setUpSignUp()
setUpFaults(document.getElementById('faults'), document.getElementById('model-note'))
setUpComposer()
await showHistory()

/** The visitor of this browser, so that a reload finds the conversation again. */
function visitorId() {
  const known = localStorage.getItem('visitor')
  if (known) return known
  const fresh = crypto.randomUUID()
  localStorage.setItem('visitor', fresh)
  return fresh
}

/** The form works by itself, whatever the assistant does. */
function setUpSignUp() {
  const form = document.getElementById('sign-up')
  const note = document.getElementById('sign-up-note')
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    note.textContent = `Almost there: this demonstration would now send a link to ${form.elements.email.value}.`
  })
}

function setUpComposer() {
  const field = composer.elements.message
  composer.addEventListener('submit', (event) => {
    event.preventDefault()
    const message = field.value.trim()
    if (message === '') return
    field.value = ''
    send(message)
  })
  field.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey) return
    event.preventDefault()
    composer.requestSubmit()
  })
  starters.addEventListener('click', (event) => {
    if (event.target instanceof HTMLButtonElement) send(event.target.textContent.trim())
  })
}

/** Hands the message in, which takes milliseconds, and follows the answer while it is made. */
async function send(message) {
  addMessage('visitor', message)
  const bubble = addMessage('assistant', '')
  try {
    const response = await fetch('/v1/pipelines/onboarding/answers', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
      body: JSON.stringify({ input: { userId, message } }),
    })
    const body = await response.json()
    if (!response.ok) throw new Error(body.detail)
    await follow(body.id, bubble)
  } catch (error) {
    bubble.classList.add('failed')
    bubble.querySelector('.text').textContent = `This did not work: ${error.message}`
  }
}

/** What was said before; an answer that is still being made goes on where it is. */
async function showHistory() {
  const query = `conversation=${encodeURIComponent(userId)}&limit=50`
  const response = await fetch(`/v1/answers?${query}`)
  const { answers } = await response.json()
  await Promise.all(
    answers.toReversed().map((record) => {
      addMessage('visitor', record.input.message)
      return follow(record.id, addMessage('assistant', ''))
    }),
  )
}

async function follow(answerId, bubble) {
  let view = emptyView
  bubble.addEventListener('click', () => select(bubble, view))
  select(bubble, view)
  for await (const { event } of client.follow(answerId)) {
    view = applyEvent(view, event)
    showAnswer(bubble, view)
    if (bubble.classList.contains('selected')) showOrigin(view)
  }
}

function select(bubble, view) {
  for (const each of messages.querySelectorAll('.selected')) each.classList.remove('selected')
  bubble.classList.add('selected')
  showOrigin(view)
}

function addMessage(side, text) {
  starters.hidden = true
  const item = document.createElement('li')
  item.className = `message ${side}`
  const words = document.createElement('span')
  words.className = side === 'assistant' ? 'text typing' : 'text'
  words.textContent = text
  const facts = document.createElement('div')
  facts.className = 'facts'
  item.append(words, facts)
  messages.append(item)
  item.scrollIntoView({ block: 'end' })
  return item
}

function showAnswer(bubble, { state, fields, answer, error }) {
  const value = answer?.value ?? fields
  const ended = state === 'finished' || state === 'failed'
  const words = bubble.querySelector('.text')
  words.textContent = error ? `No answer: ${error.message}` : (value.reply ?? '')
  words.classList.toggle('typing', !ended)
  bubble.dataset.state = state
  bubble.dataset.source = answer?.source ?? ''
  bubble.classList.toggle('canned', answer?.source === 'canned')
  bubble.classList.toggle('failed', state === 'failed')
  bubble.querySelector('.facts').replaceChildren(...tagsOf(value, answer))
  if (bubble === messages.lastElementChild) bubble.scrollIntoView({ block: 'end' })
}

function tagsOf({ intent, urgency, suggestedRoute }, answer) {
  const tags = []
  if (intent) tags.push(tag(intent))
  if (urgency !== undefined) tags.push(tag(urgencyWord(urgency), urgency >= 0.7 ? 'warn' : ''))
  if (answer?.source === 'fallback') tags.push(tag('from the fallback model', 'warn'))
  if (answer?.source === 'canned') tags.push(tag('prepared answer, no model answered', 'bad'))
  if (suggestedRoute in routeNames) {
    const link = document.createElement('a')
    link.className = 'tag route'
    link.href = `#${suggestedRoute}`
    link.textContent = routeNames[suggestedRoute]
    tags.push(link)
  }
  return tags
}

function urgencyWord(urgency) {
  if (urgency >= 0.7) return 'urgent'
  return urgency >= 0.4 ? 'soon' : 'no hurry'
}

function tag(text, kind = '') {
  const element = document.createElement('span')
  element.className = `tag ${kind}`
  element.textContent = text
  return element
}
