import type { JsonObject } from '../base/json.ts'
import type { Turn } from '../model/conversation.ts'
import type { Message, ToolDefinition } from '../model/message.ts'
import type { ContextEpoch } from './epoch.ts'
import type { Recall } from './recall-index.ts'
import type { RecalledTurn } from './recalled-text.ts'
import type { TokenCalibration } from './token-calibration.ts'

export interface ContextOptions {
  /** The new messages of this turn, which are not in the memory yet. */
  readonly user: readonly Message[]
  readonly system?: string | undefined
  readonly tools?: readonly ToolDefinition[] | undefined
  /** How the answer is to be written, where the provider does not see to it. */
  readonly outputInstruction?: string | undefined
  /** What of the working state the model may see. Nothing of it gets into a context in another way. */
  readonly project?: ((state: JsonObject) => string | undefined) | undefined
  /** The share of the budget that is kept for the answer; default 0.2. */
  readonly reserve?: number | undefined
  /** Finds older turns that bear on the message: the `search` of a recall index. */
  readonly recall?: Recall | undefined
  /** Turns that are near to the message in meaning: their `seq`, the nearest first, for `recall`. */
  readonly nearest?: readonly number[] | undefined
  /** Older turns that have been found already. */
  readonly recalled?: readonly (Turn | RecalledTurn)[] | undefined
  /** How the model counts; without it, counts are those of o200k. */
  readonly calibration?: TokenCalibration | undefined
  /** What the last context of the conversation returned as its `epoch`. */
  readonly epoch?: ContextEpoch | undefined
  /** The most tokens that the answer is to have, whatever is free. */
  readonly maxOutputTokens?: number | undefined
}
