import type { Model } from 'holdfast'
import type { Library } from '../documents/library.ts'
import { createAnswerQuestion } from './answer-question.ts'
import { createReadFields } from './read-fields.ts'
import { createSummarise } from './summarise.ts'

/** What can be asked of the documents of a library. Without models of their own they use the application's. */
export function createPipelines(library: Library, models?: readonly Model[]) {
  return {
    readFields: createReadFields(library, models),
    summarise: createSummarise(library, models),
    answerQuestion: createAnswerQuestion(library, models),
  }
}
