/**
 * The live client for a page and for Node. It depends on nothing and imports nothing outside this
 * folder, so a page loads the compiled files as they are: `import { createLiveClient } from
 * '/…/client/index.js'`.
 */
export {
  type AnswerView,
  type AttemptView,
  applyEvent,
  assemble,
  emptyView,
  type StepView,
} from './answer-view.ts'
export {
  createLiveClient,
  type FollowGroupOptions,
  type FollowOptions,
  type GroupEvent,
  type LiveClient,
  type LiveClientOptions,
} from './live-client.ts'
export { LiveError } from './live-error.ts'
export type { LiveState } from './live-state.ts'
