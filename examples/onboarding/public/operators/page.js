import { applyEvent, createLiveClient, emptyView } from '/client/index.js'
import { showAnswer } from '../answer.js'

const queue = document.getElementById('queue')
const state = document.getElementById('state')
const client = createLiveClient({ url: location.origin })
client.onState((connection) => {
  state.textContent = connection === 'open' ? 'live' : connection
})
/** The newest answer of each visitor, by visitor. */
const visitors = new Map()

const { answers } = await (await fetch('/v1/answers?pipeline=onboarding&limit=100')).json()
for (const record of answers.toReversed()) {
  const entry = open(record)
  if (record.answer) show(entry, { ...emptyView, state: 'finished', answer: record.answer })
}
for await (const { answerId, event } of client.followPipeline('onboarding')) {
  const entry = await entryOf(answerId)
  if (entry) show(entry, applyEvent(entry.view, event))
}

async function entryOf(answerId) {
  for (const entry of visitors.values()) if (entry.record.id === answerId) return entry
  const response = await fetch(`/v1/answers/${answerId}`)
  // Its visitor has asked to be forgotten.
  if (!response.ok) return undefined
  const record = await response.json()
  const newest = visitors.get(record.conversationId)
  return newest && newest.record.createdAtMs > record.createdAtMs ? undefined : open(record)
}

function open(record) {
  const visitor = record.conversationId
  const item = visitors.get(visitor)?.item ?? newItem()
  const entry = { record, item, view: emptyView }
  visitors.set(visitor, entry)
  item.querySelector('.said').textContent = record.input.message
  const time = item.querySelector('time')
  time.textContent = new Date(record.createdAtMs).toLocaleTimeString()
  show(entry, emptyView)
  return entry
}

function newItem() {
  const item = document.createElement('li')
  item.className = 'case card'
  item.innerHTML =
    '<div class="case-head"><span class="said"></span><time></time></div><p class="text"></p><div class="facts"></div>'
  return item
}

function show(entry, view) {
  entry.view = view
  showAnswer(entry.item, view)
  const { urgency } = view.answer?.value ?? view.fields
  entry.item.style.setProperty('--urgency', String(urgency ?? 0))
  sort()
}

/** The most urgent first; among those alike, the one that came first. */
function sort() {
  const urgencyOf = ({ view }) => (view.answer?.value ?? view.fields).urgency ?? 0
  const sorted = [...visitors.values()].sort(
    (one, other) =>
      urgencyOf(other) - urgencyOf(one) || one.record.createdAtMs - other.record.createdAtMs,
  )
  for (const [index, { item }] of sorted.entries()) {
    if (queue.children[index] !== item) queue.insertBefore(item, queue.children[index] ?? null)
  }
}
