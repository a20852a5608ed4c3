import type { Clock } from '../base/clock.ts'
import type { Model, ModelCapabilities } from '../model/model.ts'
import type { OutputSpec } from '../pipeline/definition.ts'
import type { PipelineHandle } from '../pipeline/handle.ts'

/** What is drilled: something that makes answers with whatever models it is given. */
export interface DrillSubject {
  readonly name: string
  /** Every answer has to fit it, the canned one as well. */
  readonly output: OutputSpec
  /** What the subject promises; an answer later than this and 50 ms is an overrun. */
  readonly deadlineMs: number
  /** It has no canned answer and says so: the error that nobody answered is then an honest end. */
  readonly mayFail?: boolean
  /** Inputs that the requests take in turn. Several of them, so that answers mixed up are noticed. */
  readonly inputs: readonly unknown[]
  /** The models that stand-ins are made for, the primary first. */
  readonly models: readonly DrilledModel[]
  /** Builds the subject anew, with no memory of former outages. */
  start(parts: DrillParts): Promise<StartedSubject>
}

/** What a stand-in copies of a model. */
export interface DrilledModel extends Pick<ModelCapabilities, 'contextWindow'> {
  readonly id: string
  /** Default `json-schema`. */
  readonly structuredOutput?: ModelCapabilities['structuredOutput']
}

export interface DrillParts {
  /** Models behind the faulty provider, as many as the subject names. */
  readonly models: readonly Model[]
  /** Where each of them speaks OpenAI's protocol, for a subject with a client of its own. */
  readonly baseUrls: readonly string[]
  /** The only clock that may be used. */
  readonly clock: Clock
  /** From 0 to below 1, the same numbers in every drill. */
  readonly random: () => number
}

/** The two ways to an answer, as every pipeline has them. */
export interface StartedSubject extends Pick<PipelineHandle, 'run' | 'stream'> {
  close?(): Promise<void>
}
