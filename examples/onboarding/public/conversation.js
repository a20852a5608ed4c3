import { applyEvent, emptyView } from '/client/index.js'
import { showAnswer } from './answer.js'
import { showOrigin } from './origin.js'

/**
 * The conversation of a visitor, as it stands and as it goes on, in this tab or in another one: all its
 * answers come over one subscription, and each goes on where it is, in the middle of a sentence too.
 */
export function createConversation(list, { client, visitor, onBegin, onAnswer }) {
  const bubbles = new Map()
  const sending = new Set()

  /** Hands the message in, which takes milliseconds; the answer comes by itself. */
  function send(message) {
    onBegin()
    const said = addMessage('visitor', message)
    const work = handIn(message)
      .then((answerId) => openBubble(answerId, said))
      .catch((error) => fail(said, error))
      .finally(() => sending.delete(work))
    sending.add(work)
  }

  async function handIn(message) {
    const response = await fetch('/v1/pipelines/onboarding/answers', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
      body: JSON.stringify({ input: { userId: visitor, message } }),
    })
    const body = await response.json()
    if (!response.ok) throw new Error(body.detail)
    return body.id
  }

  /** What was said before, and then what is said from now on. */
  async function start() {
    const query = `conversation=${encodeURIComponent(visitor)}&limit=50`
    const { answers } = await (await fetch(`/v1/answers?${query}`)).json()
    for (const { id, input, answer } of answers.toReversed()) {
      const bubble = openBubble(id, addMessage('visitor', input.message))
      if (answer) show(bubble, { ...emptyView, state: 'finished', answer })
    }
    const newest = answers[0]?.answer
    if (newest) onAnswer(newest)
    for await (const { answerId, event } of client.followConversation(visitor)) {
      const bubble = await bubbleOf(answerId)
      update(bubble, applyEvent(bubble.view, event))
    }
  }

  async function bubbleOf(answerId) {
    // It may be the answer to what this tab is handing in just now.
    await Promise.all(sending)
    const known = bubbles.get(answerId)
    if (known) return known
    const { input } = await (await fetch(`/v1/answers/${answerId}`)).json()
    return openBubble(answerId, addMessage('visitor', input.message))
  }

  function openBubble(answerId, said) {
    onBegin()
    const item = addMessage('assistant', '')
    said.after(item)
    const bubble = { item, view: emptyView }
    bubbles.set(answerId, bubble)
    item.addEventListener('click', () => select(bubble))
    select(bubble)
    show(bubble, emptyView)
    return bubble
  }

  function show(bubble, view) {
    bubble.view = view
    showAnswer(bubble.item, view)
    if (bubble.item.classList.contains('selected')) showOrigin(view)
    if (bubble.item === list.lastElementChild) bubble.item.scrollIntoView({ block: 'end' })
  }

  function update(bubble, view) {
    show(bubble, view)
    if (view.answer && bubble.item === list.lastElementChild) onAnswer(view.answer)
  }

  function select({ item, view }) {
    for (const each of list.querySelectorAll('.selected')) each.classList.remove('selected')
    item.classList.add('selected')
    showOrigin(view)
  }

  function addMessage(side, text) {
    const item = document.createElement('li')
    item.className = `message ${side}`
    const words = document.createElement('span')
    words.className = 'text'
    words.textContent = text
    const facts = document.createElement('div')
    facts.className = 'facts'
    item.append(words, facts)
    list.append(item)
    item.scrollIntoView({ block: 'end' })
    return item
  }

  function fail(said, error) {
    const item = addMessage('assistant', `This did not work: ${error.message}`)
    item.classList.add('failed')
    said.after(item)
  }

  return { send, start }
}
