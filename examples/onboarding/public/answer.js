const routeNames = {
  '/exchange/quote': 'See a quote',
  '/verify': 'Verify your identity',
  '/learn/fees': 'Fees and limits',
  '/help/contact': 'Talk to a person',
}

/** An answer as far as it has come, with what is known about it. */
export function showAnswer(item, { state, fields, answer, error }) {
  const value = answer?.value ?? fields
  const ended = state === 'finished' || state === 'failed'
  const words = item.querySelector('.text')
  words.textContent = error ? `No answer: ${error.message}` : (value.reply ?? '')
  words.classList.toggle('typing', !ended)
  item.dataset.state = state
  item.dataset.source = answer?.source ?? ''
  item.classList.toggle('canned', answer?.source === 'canned')
  item.classList.toggle('failed', state === 'failed')
  item.querySelector('.facts').replaceChildren(...tagsOf(value, answer))
}

function tagsOf({ intent, urgency, suggestedRoute }, answer) {
  const tags = []
  if (answer?.precomputed) {
    tags.push(
      tag(`⚡ made ahead, given in ${Math.max(1, Math.round(answer.latencyMs))} ms`, 'ahead'),
    )
  }
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

export function urgencyWord(urgency) {
  if (urgency >= 0.7) return 'urgent'
  return urgency >= 0.4 ? 'soon' : 'no hurry'
}

export function tag(text, kind = '') {
  const element = document.createElement('span')
  element.className = `tag ${kind}`
  element.textContent = text
  return element
}
