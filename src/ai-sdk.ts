/** The AI SDK, in and out: any of its providers as a model here, any model here as one of its own. */

export { type FromAiSdkOptions, fromAiSdk } from './providers/ai-sdk/from-ai-sdk.ts'
export { type ToAiSdkOptions, toAiSdk } from './providers/ai-sdk/to-ai-sdk.ts'
