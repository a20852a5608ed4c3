import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { createHoldfast } from '../src/app/create-holdfast.ts'
import type { HoldfastParts } from '../src/app/holdfast.ts'
import { untilAborted } from '../src/base/abort.ts'
import type { Chat } from '../src/model/chat.ts'
import type { Model } from '../src/model/model.ts'
import { definePipeline } from '../src/pipeline/definition.ts'
import { type RunningServer, type ServerOptions, startServer } from '../src/server/start-server.ts'
import { createLogger } from '../src/telemetry/logger.ts'
import { cutAfter, fails, type Script, says, scriptedModel } from '../src/testing/scripted-model.ts'

export const story = 'Once there was a holdfast that kept its kelp on the rock in every storm.'

/** Says a text word by word. */
const slowly: Script = says(story, { chunkMs: 4, usage: { inputTokens: 40, outputTokens: 16 } })

/** Begins to say it and never goes on. */
const stuck: Script = cutAfter(slowly, 3, { type: 'hang' })

const down: Script = fails({ kind: 'http', status: 503, headers: {}, body: '' })

/** Says another text, and is cut off in the middle. */
const cutOff: Script = cutAfter(says('The first attempt said this and more'), 4, {
  type: 'fault',
  evidence: { kind: 'cut' },
})

const readWhole = (chat: Chat) => ({
  text: chat.messages.map(({ role, content }) => `${role}: ${content}`).join('\n'),
})

/** A pipeline whose input is a chat, written out, and whose answer is a text. */
export function talk(name: string, models: readonly Model[], canned?: string) {
  return definePipeline({
    name,
    input: z.object({ text: z.string() }),
    output: 'text',
    fromChat: readWhole,
    models,
    deadlineMs: 20_000,
    // Each model once: what is tested here is how an attempt shows, not how it is retried.
    policy: { retries: { perModel: 0 }, timeout: { chunkMs: 20_000 } },
    prompt: ({ input }) => ({ user: input.text }),
    canned: canned === undefined ? 'none' : () => canned,
  })
}

/** Says three words, and the rest when it is released. */
function heldModel(): Model & { release(): void; readonly open: number } {
  const inner = model('held', slowly)
  let gate = Promise.withResolvers<void>()

  async function pass(signal: AbortSignal): Promise<void> {
    const held = gate
    await untilAborted(held.promise, signal)
    // The next answer is held again, also where this one was released before it came here.
    if (gate === held) gate = Promise.withResolvers()
  }

  return {
    ...inner,
    get open() {
      return inner.open
    },
    release: () => gate.resolve(),
    async *stream(request, attempt) {
      let words = 0
      for await (const event of inner.stream(request, attempt)) {
        yield event
        if (event.type === 'text-delta' && ++words === 3) await pass(attempt.signal)
      }
    },
  }
}

/** For other processes that work on the same queue. */
export const scripts = { slowly, stuck }

export const model = (id: string, script: Script | readonly Script[]) =>
  scriptedModel({ id, account: id, script })

/** The models that tests look at. */
export const models = {
  story: model('story', slowly),
  stuck: model('stuck', stuck),
  held: heldModel(),
}

export const pipelines = {
  story: talk('story', [models.story]),
  stuck: talk('stuck', [models.stuck]),
  held: talk('held', [models.held]),
  restarts: talk('restarts', [model('cut', cutOff), model('spare', slowly)]),
  canned: talk('canned', [model('down', down)], 'Nobody can answer now.'),
  failing: talk('failing', [model('off', down)]),
  plain: definePipeline({
    name: 'plain',
    input: z.string().max(100),
    output: 'text',
    models: [model('plain', says('Plain and short.'))],
    deadlineMs: 20_000,
    prompt: ({ input }) => ({ user: input }),
    canned: 'none',
  }),
  sorting: definePipeline({
    name: 'sorting',
    input: z.object({ message: z.string() }),
    output: z.object({ intent: z.enum(['exchange', 'support']), reply: z.string() }),
    models: [model('sorting', says('{"intent":"support","reply":"We look into it."}'))],
    deadlineMs: 20_000,
    prompt: ({ input }) => ({ user: input.message }),
    canned: 'none',
  }),
}

export interface ChatApp {
  readonly app: HoldfastParts
  readonly server: RunningServer
  readonly folder: string
  close(): Promise<void>
}

/** Where queue and event logs are, when not in the folder. */
export interface Connections {
  readonly queue: string
  readonly events: string
}

/** The application behind a server, on a folder of its own. */
export async function startChatApp(
  options: Omit<ServerOptions, 'app'> & Partial<Connections & { concurrency: number }> = {},
): Promise<ChatApp> {
  const { concurrency, queue, events, ...serverOptions } = options
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-chat-'))
  const app = await createHoldfast({
    pipelines,
    data: folder,
    logger: createLogger('silent'),
    ...(concurrency !== undefined && { concurrency }),
    ...(queue !== undefined && { queue }),
    ...(events !== undefined && { events }),
  })
  const server = await startServer({ app, port: 0, ...serverOptions })
  return {
    app,
    server,
    folder,
    async close() {
      await server.close()
      await app.close(0)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A process that works on the queue of a folder, with a model that follows a script. */
export const workerSource = (
  script: keyof typeof scripts,
  connections: Partial<Connections> = {},
): string => `
  import { createHoldfast } from '${import.meta.resolve('../src/app/create-holdfast.ts')}'
  import { createLogger } from '${import.meta.resolve('../src/telemetry/logger.ts')}'
  import { model, scripts, talk } from '${import.meta.url}'
  const story = talk('story', [model('story', scripts.${script})])
  await createHoldfast({
    pipelines: { story },
    data: process.argv[1],
    logger: createLogger('silent'),
    ...${JSON.stringify(connections)},
  })
  console.log('ready')
`
