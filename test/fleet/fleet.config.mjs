/** What the processes of a fleet run: pipelines whose provider is a stand-in in the test's own process. */
import { defineConfig, definePipeline, openaiCompatible } from 'holdfast'
import { z } from 'zod'

const { FLEET_DATA, FLEET_PROVIDER } = process.env

const shared = {
  input: z.object({ name: z.string() }),
  output: 'text',
  models: [openaiCompatible({ baseUrl: FLEET_PROVIDER, model: 'rehearsal-primary' })],
  deadlineMs: 20_000,
  jobDeadlineMs: 120_000,
  prompt: ({ input }) => ({ user: `Tell me at length about ${input.name}.` }),
}

const tell = definePipeline({ ...shared, name: 'tell', canned: () => 'Later.' })

const strict = definePipeline({ ...shared, name: 'strict', canned: 'none' })

export default defineConfig({ data: FLEET_DATA, pipelines: { tell, strict } })
