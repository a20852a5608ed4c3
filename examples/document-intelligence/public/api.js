import { applyEvent, createLiveClient, emptyView } from '/client/index.js'

const client = createLiveClient({ url: location.origin })

/** @throws Error with the words of the problem response. */
export async function request(path, options) {
  const response = await fetch(path, options)
  if (response.status === 204) return undefined
  const body = await response.json()
  if (!response.ok) throw new Error(body.detail ?? `The server answered ${response.status}.`)
  return body
}

/** Asks a pipeline, and hands on how the answer comes along; resolves with the last view of it. */
export async function ask(pipeline, input, onView) {
  const { id } = await request(`/v1/pipelines/${pipeline}/answers`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
    body: JSON.stringify({ input }),
  })
  return follow(id, onView)
}

export async function follow(answerId, onView) {
  let view = emptyView
  for await (const { event } of client.follow(answerId)) {
    view = applyEvent(view, event)
    onView(view)
  }
  return view
}

/** What was asked before, newest first: answers outlive the page, and the server. */
export async function earlier(pipeline) {
  const { answers } = await request(`/v1/answers?pipeline=${pipeline}&limit=200`)
  return answers
}

/** Where an answer came from and what it took, in a line. */
export function originOf({ answer }) {
  if (!answer) return ''
  const { source, model, usage, costUsd, latencyMs, reason } = answer
  const by = model ? `${model.id}${model.rehearsal ? ' (rehearsal stand-in)' : ''}` : 'no model'
  const cost = !costUsd ? '' : ` · $${costUsd.toFixed(4)}`
  const why = reason ? ` · ${reason.message}` : ''
  return `${source}: ${by} · ${usage.inputTokens} → ${usage.outputTokens} tokens${cost} · ${(latencyMs / 1_000).toFixed(1)} s${why}`
}
