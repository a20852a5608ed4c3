/**
 * The guarantees of the stores as tests: each implementation runs the suites of the ports that it
 * implements, and `describeWholeStore` where one database holds all four.
 */
export { describeAnswerStore } from './answer-store-contract.ts'
export { describeConversationStore } from './conversation-store-contract.ts'
export { describeEventStore } from './event-store-contract.ts'
export type { OpenedStore, OpenStore } from './opened-store.ts'
export { describeTraceStore } from './trace-store-contract.ts'
export { describeWholeStore, type WholeStore } from './whole-store-contract.ts'
