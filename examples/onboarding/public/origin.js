const place = document.getElementById('origin')
let shownTrace = ''

/** The panel: where the answer came from, what it took, and where its time went. */
export function showOrigin(view) {
  const { answer, attempts, state, error } = view
  if (state === 'waiting') return place.replaceChildren(text('p', 'hint', 'Waiting in the queue …'))
  const parts = [sourceRow(view)]
  if (error) parts.push(text('p', 'reason', error.message))
  if (answer?.degraded) {
    parts.push(text('p', 'reason', `${answer.reason.code}: ${answer.reason.message}`))
  }
  if (answer) parts.push(numbers(answer))
  parts.push(text('h3', '', 'Attempts'), attemptList(answer?.attempts ?? attempts))
  const waterfall = document.createElement('ol')
  waterfall.className = 'waterfall'
  parts.push(text('h3', '', 'Waterfall'), waterfall)
  place.replaceChildren(...parts)
  if (answer) showWaterfall(answer.traceId, waterfall)
}

function sourceRow({ answer, state }) {
  const row = document.createElement('div')
  row.className = 'source'
  const source = answer?.source ?? (state === 'failed' ? 'failed' : 'running')
  row.append(text('span', `badge ${source}`, source))
  if (answer?.model) {
    const { provider, id, rehearsal } = answer.model
    row.append(text('span', '', `${provider}/${id}${rehearsal ? ' (rehearsal stand-in)' : ''}`))
  }
  return row
}

function numbers({ usage, costUsd, latencyMs }) {
  const list = document.createElement('dl')
  list.className = 'numbers'
  const entries = {
    Tokens: `${usage.inputTokens} → ${usage.outputTokens}`,
    Cost: costUsd === undefined ? 'not known' : `$${costUsd.toFixed(5)}`,
    Time: `${(latencyMs / 1_000).toFixed(2)} s`,
  }
  for (const [name, value] of Object.entries(entries)) {
    const pair = document.createElement('div')
    pair.append(text('dt', '', name), text('dd', '', value))
    list.append(pair)
  }
  return list
}

function attemptList(attempts) {
  const list = document.createElement('ol')
  list.className = 'attempts'
  for (const { attempt, model, why, outcome, failed } of attempts) {
    const result = outcome ?? failed ?? '…'
    const item = document.createElement('li')
    item.append(
      text('span', '', `${attempt}`),
      text('span', '', `${model} (${why})`),
      text('span', result === 'ok' ? 'ok' : 'bad', result),
    )
    list.append(item)
  }
  return list
}

async function showWaterfall(traceId, list) {
  shownTrace = traceId
  const response = await fetch(`/v1/traces/${traceId}`)
  if (!response.ok || shownTrace !== traceId) return
  const trace = await response.json()
  for (const span of trace.spans) {
    const bar = document.createElement('span')
    bar.className = `bar-piece ${span.status === 'error' ? 'bad' : ''}`
    const whole = Math.max(trace.durationMs, 1)
    bar.style.left = `${((span.startedAtMs - trace.startedAtMs) / whole) * 100}%`
    bar.style.width = `${Math.min(100, (span.durationMs / whole) * 100)}%`
    const track = document.createElement('span')
    track.className = 'track'
    track.append(bar)
    const item = document.createElement('li')
    const name = text('span', 'name', span.name)
    name.title = span.error ?? span.name
    item.append(name, track, text('span', 'time', `${Math.round(span.durationMs)} ms`))
    list.append(item)
  }
}

function text(tag, className, words) {
  const element = document.createElement(tag)
  element.className = className
  element.textContent = words
  return element
}
