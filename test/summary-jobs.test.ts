/** Summaries as jobs, with real processes: what one that dies leaves undone, another does. */
import { describe, expect, inject, it } from 'vitest'
import { z } from 'zod'
import { createHoldfast } from '../src/app/create-holdfast.ts'
import { definePipeline } from '../src/pipeline/definition.ts'
import { openSqliteStore } from '../src/store/open-sqlite-store.ts'
import { createLogger } from '../src/telemetry/logger.ts'
import { startLineProcess } from '../src/testing/line-process.ts'
import { type Script, says, scriptedModel } from '../src/testing/scripted-model.ts'
import { inTemporaryFolder } from '../src/testing/temporary-folder.ts'

const record = says(
  JSON.stringify({
    facts: ['Crates were weighed.'],
    decisions: [],
    openQuestions: [],
    preferences: [],
  }),
)

const chat = (summary: () => Script) =>
  definePipeline({
    name: 'chat',
    input: z.object({ message: z.string() }),
    output: 'text',
    models: [
      scriptedModel({
        script: ({ request }) =>
          request.output?.type === 'json' ? summary() : says('The crate is in the shed.'),
      }),
    ],
    deadlineMs: 8_000,
    memory: { conversation: () => 'c1', tokenBudget: 1_500 },
    prompt: ({ input }) => ({ user: input.message }),
    canned: 'none',
  })

const source = (name: string) => JSON.stringify(new URL(`../src/${name}`, import.meta.url).href)

/** Talks until a summary is due, and hangs in the middle of making it. */
const hangingProcess = `
  import { z } from 'zod'
  import { createHoldfast } from ${source('app/create-holdfast.ts')}
  import { definePipeline } from ${source('pipeline/definition.ts')}
  import { createLogger } from ${source('telemetry/logger.ts')}
  import { says, scriptedModel } from ${source('testing/scripted-model.ts')}
  const [, data, queue] = process.argv
  const model = scriptedModel({
    script: ({ request }) => {
      if (request.output?.type !== 'json') return says('The crate is in the shed.')
      console.log('summarising')
      return [{ type: 'hang' }]
    },
  })
  const chat = definePipeline({
    name: 'chat',
    input: z.object({ message: z.string() }),
    output: 'text',
    models: [model],
    deadlineMs: 8_000,
    memory: { conversation: () => 'c1', tokenBudget: 1_500 },
    prompt: ({ input }) => ({ user: input.message }),
    canned: 'none',
  })
  const logger = createLogger('silent')
  const app = await createHoldfast({ pipelines: { chat }, data, queue, logger })
  for (let at = 0; at < 40; at++) {
    await app.chat.run({ message: 'Crate number ' + at + ' was weighed and sealed before noon.' })
  }
`

const logger = createLogger('silent')

describe.each([
  ['SQLite', (folder: string) => `sqlite:${folder}/queue.db`],
  ['Redis', () => inject('redisUrl')],
])('summaries on %s', (_, queueOf) => {
  it('are made by another process when their worker is killed', () =>
    inTemporaryFolder(async (folder) => {
      const queue = queueOf(folder)
      const worker = startLineProcess(hangingProcess, [folder, queue])
      expect(await worker.nextLine()).toBe('summarising')
      worker.kill()
      await worker.ended
      let calls = 0
      const pipeline = chat(() => {
        calls++
        return record
      })
      const app = await createHoldfast({
        pipelines: { chat: pipeline },
        data: folder,
        queue,
        logger,
      })
      try {
        const summaries = async () => (await app.conversations.exportConversation('c1')).summaries
        await expect.poll(async () => (await summaries()).length, { timeout: 40_000 }).toBe(1)
        expect(await summaries()).toMatchObject([{ fromSeq: 1, writtenBy: 'scripted/scripted-1' }])
        expect(calls).toBe(1)
      } finally {
        await app.close()
      }
    }))
})

describe('a summariser that answers with an error text', () => {
  it('is asked again, and nothing of the error is kept', () =>
    inTemporaryFolder(async (folder) => {
      let calls = 0
      const pipeline = chat(() =>
        ++calls === 1 ? says('Error generating summary: 429 rate limited') : record,
      )
      const app = await createHoldfast({ pipelines: { chat: pipeline }, data: folder, logger })
      try {
        for (let at = 0; at < 40; at++) {
          await app.chat.run({ message: `Crate number ${at} was weighed and sealed before noon.` })
        }
        const summaries = async () => (await app.conversations.exportConversation('c1')).summaries
        await expect.poll(async () => (await summaries()).length, { timeout: 30_000 }).toBe(1)
        expect((await summaries())[0]?.text).toBe('Facts:\n- Crates were weighed.')
        expect(calls).toBe(2)
      } finally {
        await app.close()
      }
    }))
})

describe('an application that is closed', () => {
  it('does not wait for a summary that hangs', () =>
    inTemporaryFolder(async (folder) => {
      const begun = Promise.withResolvers<void>()
      const pipeline = chat(() => {
        begun.resolve()
        return [{ type: 'hang' }]
      })
      const app = await createHoldfast({ pipelines: { chat: pipeline }, data: folder, logger })
      for (let at = 0; at < 40; at++) {
        await app.chat.run({ message: `Crate number ${at} was weighed and sealed before noon.` })
      }
      await begun.promise
      await app.close(100)
      const store = openSqliteStore({ path: `${folder}/holdfast.db` })
      const { summaries, turns } = await store.conversations.exportConversation('c1')
      await store.close()
      expect(summaries).toEqual([])
      expect(turns).toHaveLength(80)
    }))
})
