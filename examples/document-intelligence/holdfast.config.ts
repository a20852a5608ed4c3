import { join } from 'node:path'
import { defineConfig } from 'holdfast'
import { openLibrary } from './documents/library.ts'
import { createPipelines } from './pipelines/index.ts'

/** For the command line: `npx holdfast run summarise --input '{"documentId":"…"}'`. */
const library = await openLibrary(join(process.env.HOLDFAST_DATA ?? '.data', 'documents'))
export default defineConfig({ pipelines: createPipelines(library) })
