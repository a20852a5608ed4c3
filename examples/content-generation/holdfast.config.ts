import { defineConfig } from 'holdfast'
import { createArticlePipeline } from './writing/pipeline.ts'

/** For the command line: `npx holdfast run article --input '…'`. */
export default defineConfig({ pipelines: { article: createArticlePipeline() } })
