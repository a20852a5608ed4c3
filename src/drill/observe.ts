import type { CancelTimer, Clock } from '../base/clock.ts'
import type { Answer } from '../model/answer.ts'
import type { AnswerEvent } from '../model/answer-event.ts'
import type { StartedSubject } from './subject.ts'

/** One request as its caller saw it. */
export interface Observation {
  /** From 0, in the order in which they were started. */
  readonly request: number
  readonly inputIndex: number
  readonly stream: boolean
  readonly durationMs: number
  readonly ending: Ending
}

export type Ending =
  | {
      readonly kind: 'answered'
      readonly answer: Answer
      /** The text that the stream showed and did not take back; undefined without a stream. */
      readonly shown: string | undefined
    }
  | { readonly kind: 'failed'; readonly error: unknown }
  /** Neither answer nor error came long after the deadline. */
  | { readonly kind: 'hung' }

export interface Asked {
  readonly request: number
  readonly inputIndex: number
  readonly input: unknown
  readonly stream: boolean
  /** When it counts as hung, from its start. */
  readonly patienceMs: number
}

/** Makes one request and waits for what comes, but not for ever. */
export async function observe(
  subject: StartedSubject,
  { input, patienceMs, ...asked }: Asked,
  clock: Clock,
): Promise<Observation> {
  const startedAtMs = clock.now()
  let cancel: CancelTimer = () => {}
  const hung = new Promise<Ending>((resolve) => {
    cancel = clock.setTimer(patienceMs, () => resolve({ kind: 'hung' }))
  })
  const answered = asked.stream ? readStream(subject.stream(input)) : readAnswer(subject, input)
  const failed = (error: unknown): Ending => ({ kind: 'failed', error })
  const ending = await Promise.race([answered.catch(failed), hung])
  cancel()
  return { ...asked, durationMs: clock.now() - startedAtMs, ending }
}

async function readAnswer(subject: StartedSubject, input: unknown): Promise<Ending> {
  return { kind: 'answered', answer: await subject.run(input), shown: undefined }
}

async function readStream(events: AsyncIterable<AnswerEvent>): Promise<Ending> {
  let shown = ''
  let answer: Answer | undefined
  for await (const event of events) {
    if (answer) throw new Error(`The stream went on with ${event.type} after its answer.`)
    if (event.type === 'text-delta') shown += event.text
    else if (event.type === 'reset') shown = ''
    else if (event.type === 'answer-finished') answer = event.answer
  }
  if (!answer) throw new Error('The stream ended without an answer and without an error.')
  return { kind: 'answered', answer, shown }
}
