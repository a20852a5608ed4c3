import type { AnswerRecord } from '../../src/store/answer-store.ts'
import type { SequencedEvent } from '../../src/store/event-store.ts'

export interface EnqueueBody {
  readonly pipeline?: string
  readonly input?: unknown
  readonly tenant?: string
  readonly priority?: number
}

/** Has an answer accepted; rejects where it was not acknowledged. */
export async function enqueueAt(url: string, key: string, body: EnqueueBody = {}): Promise<string> {
  const { pipeline = 'tell', input = { name: key }, ...rest } = body
  const response = await fetch(`${url}/v1/pipelines/${pipeline}/answers`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify({ input, ...rest }),
  })
  if (response.status !== 202) {
    throw new Error(`Not accepted: ${response.status} ${await response.text()}`)
  }
  const { id } = (await response.json()) as { id: string }
  return id
}

export async function readAnswer(url: string, id: string): Promise<AnswerRecord> {
  const response = await fetch(`${url}/v1/answers/${id}`)
  if (!response.ok) throw new Error(`Not read: ${response.status}`)
  return (await response.json()) as AnswerRecord
}

/** The whole log of an answer; the response ends with its last event. */
export async function readLogAt(url: string, id: string): Promise<SequencedEvent[]> {
  const response = await fetch(`${url}/v1/answers/${id}/events`)
  const frames = (await response.text()).split('\n\n')
  const data = frames.flatMap((frame) => /^data: (.*)$/m.exec(frame)?.[1] ?? [])
  return data.map((text): SequencedEvent => JSON.parse(text))
}

/** Resolves with the record when the answer has ended: its events are followed to the last one. */
export async function endedAt(url: string, id: string): Promise<AnswerRecord> {
  await readLogAt(url, id)
  return readAnswer(url, id)
}

export async function cancelAt(url: string, id: string): Promise<boolean> {
  const response = await fetch(`${url}/v1/answers/${id}/cancel`, { method: 'POST' })
  return ((await response.json()) as { cancelled: boolean }).cancelled
}
