/**
 * One process of the trial: the worker that makes the answers, or the server that clients follow them
 * through. Both open the same stores, and both are killed.
 *
 * Arguments: role · data folder · events (a connection string, or '') · port · tokens of an answer · ms
 * between them
 */
import { z } from 'zod'
import { createHoldfast } from '../../src/app/create-holdfast.ts'
import { definePipeline } from '../../src/pipeline/definition.ts'
import { startServer } from '../../src/server/start-server.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { says, scriptedModel } from '../../src/testing/scripted-model.ts'
import { storyOf } from './story.ts'

const [role, data = '', events = '', port, tokens, chunkMs] = process.argv.slice(2)

const tell = definePipeline({
  name: 'tell',
  input: z.object({ name: z.string() }),
  output: 'text',
  models: [
    scriptedModel({
      id: 'story',
      script: ({ request }) =>
        says(storyOf(String(request.messages.at(-1)?.content), Number(tokens)), {
          chunkMs: Number(chunkMs),
        }),
    }),
  ],
  deadlineMs: 600_000,
  jobDeadlineMs: 3_600_000,
  policy: { timeout: { firstContentMs: 60_000, chunkMs: 60_000 } },
  prompt: ({ input }) => ({ user: input.name }),
  canned: 'none',
})

const app = await createHoldfast({
  pipelines: { tell },
  data,
  ...(events !== '' && { events }),
  concurrency: role === 'worker' ? 64 : 0,
  logger: createLogger('silent'),
})
if (role === 'server') await startServer({ app, port: Number(port) })
process.stdout.write('ready\n')
