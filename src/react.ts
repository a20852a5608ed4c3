/** Hooks for React over the live client. */

export { type UseAnswerOptions, useAnswer } from './react/use-answer.ts'
