/** The library: declare pipelines, bring them to life, call them. */

export { createHoldfast } from './app/create-holdfast.ts'
export type {
  CheckSchedule,
  Holdfast,
  HoldfastConfig,
  HoldfastHealth,
  HoldfastParts,
  Pipelines,
} from './app/holdfast.ts'
export {
  type ErrorCode,
  type ErrorData,
  errorCodes,
  HoldfastError,
  isHoldfastError,
} from './base/errors.ts'
export { type ConfigFile, defineConfig } from './cli/load-config.ts'
export { type BuiltContext, buildContext } from './context/build-context.ts'
export type { ContextOptions } from './context/context-options.ts'
export { countMessage, countTokens, loadTokenizer } from './context/count-tokens.ts'
export type { ContextEpoch } from './context/epoch.ts'
export type { LeftOut } from './context/left-out.ts'
export {
  createRecallIndex,
  type Recall,
  type RecallIndex,
  type RecallOptions,
} from './context/recall-index.ts'
export type { RecalledTurn } from './context/recalled-text.ts'
export {
  type CalibrationState,
  createTokenCalibration,
  type TokenCalibration,
} from './context/token-calibration.ts'
export type { PrecomputeLedger } from './jobs/precompute/precomputer.ts'
export type {
  Answer,
  AnsweringModel,
  AnswerSource,
  AttemptCause,
  AttemptRecord,
  DegradedReason,
  PrecomputedFacts,
} from './model/answer.ts'
export type { AnswerEvent } from './model/answer-event.ts'
export type { Chat, ChatMessage } from './model/chat.ts'
export type { ContextLedger } from './model/context-ledger.ts'
export type {
  Memory,
  NewTurn,
  Pin,
  Summary,
  TokenCount,
  Turn,
  WorkingState,
} from './model/conversation.ts'
export type { FailureReason } from './model/failure-reason.ts'
export { type FaultEvidence, isModelFault, ModelFault } from './model/fault.ts'
export type { CallSummary, LiveCallEvent } from './model/live-call-event.ts'
export type { Message, ToolCall, ToolDefinition } from './model/message.ts'
export type {
  FinishReason,
  Model,
  ModelCapabilities,
  ModelEvent,
  ModelRequest,
  ModelResult,
} from './model/model.ts'
export { listPrices, type Price, type PriceTable } from './model/price.ts'
export { type Schema, withJsonSchema } from './model/schema.ts'
export type { TraceRecord } from './model/trace.ts'
export type { Usage } from './model/usage.ts'
export { type CorrectionOptions, canBeCorrected, formatCorrection } from './output/correction.ts'
export {
  createOutputReader,
  type OutputReader,
  type OutputReaderOptions,
} from './output/output-reader.ts'
export type { DeepPartial, PartialEvent, PartialStream } from './output/partial-stream.ts'
export type { Change, OutputFailure, OutputIssue, Verdict } from './output/verdict.ts'
export type { BudgetLimits, Spent } from './pipeline/budget.ts'
export type { CorrectionPolicy } from './pipeline/correction-budget.ts'
export {
  definePipeline,
  type MemoryPolicy,
  type NearestQuestion,
  type Pipeline,
  type PipelineDefinition,
  type Prompt,
  type StepAnswer,
  type StepContext,
  type StepQuestion,
} from './pipeline/definition.ts'
export type {
  EnqueuedAnswer,
  EnqueueOptions,
  PipelineHandle,
  PrecomputeOptions,
} from './pipeline/handle.ts'
export type { LearnPolicy, PrecomputeOutcome, PrecomputePolicy } from './pipeline/precomputed.ts'
export type { RunOptions } from './pipeline/run.ts'
export { anthropic } from './providers/anthropic/anthropic.ts'
export { modelsFromEnvironment } from './providers/models-from-environment.ts'
export { ollama } from './providers/openai/ollama.ts'
export { openai } from './providers/openai/openai.ts'
export { openaiCompatible } from './providers/openai/openai-compatible.ts'
export {
  type BreakableModels,
  type BreakablePlace,
  type Breakage,
  openBreakableModels,
} from './providers/rehearsal/breakable-models.ts'
export type { FaultPlan } from './providers/rehearsal/fault-plan.ts'
export { rehearsal } from './providers/rehearsal/rehearsal.ts'
export {
  type RehearsalServer,
  startRehearsalServer,
} from './providers/rehearsal/rehearsal-server.ts'
export type { CallEvent, CallOutcome } from './resilience/call-event.ts'
export { createSharedHealth, type ModelHealth, type SharedHealth } from './resilience/health.ts'
export { type ProtectedModel, type ProtectPolicy, protect } from './resilience/protect.ts'
export type { HealthStore } from './resilience/shared/health-store.ts'
export { openMemoryStore } from './store/open-memory-store.ts'
export { openPostgresStore } from './store/open-postgres-store.ts'
export { openSqliteStore } from './store/open-sqlite-store.ts'
export {
  createTelemetry,
  type LiveTelemetry,
  type TelemetryOptions,
} from './telemetry/create-telemetry.ts'
export { createLogger, type Logger } from './telemetry/logger.ts'
export {
  datadogEndpoints,
  grafanaEndpoints,
  langfuseEndpoint,
  type OtlpEndpoint,
  type OtlpEndpoints,
  otlpEndpoints,
} from './telemetry/otel/endpoints.ts'
export type { ContentPlace, TelemetryPreset } from './telemetry/otel/presets.ts'
export {
  createRedactor,
  type Finding,
  type Redaction,
  type Redactor,
  type RedactorOptions,
} from './telemetry/redact/redactor.ts'
export type { TelemetrySettings } from './telemetry/telemetry-settings.ts'
export type { SamplingPolicy } from './telemetry/traces/tail-sampler.ts'
export type { RetentionPolicy } from './telemetry/traces/trace-keeper.ts'
