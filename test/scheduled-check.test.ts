import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createHoldfast } from '../src/app/create-holdfast.ts'
import type { HoldfastParts } from '../src/app/holdfast.ts'
import { definePipeline } from '../src/pipeline/definition.ts'
import { type Script, says, scriptedModel } from '../src/testing/scripted-model.ts'

/** A provider that changes a model overnight, and the application that finds it in the morning. */

let folder: string
const apps: HoldfastParts[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-check-'))
  mkdirSync(join(folder, 'cases'))
  for (const name of ['one', 'two', 'three']) {
    const text = JSON.stringify({ pipeline: 'sort', input: { message: name } })
    writeFileSync(join(folder, 'cases', `${name}.json`), text)
  }
})

afterEach(async () => {
  for (const app of apps.splice(0)) await app.close()
  rmSync(folder, { recursive: true, force: true })
})

interface Line {
  readonly level: string
  readonly message: string
  readonly [field: string]: unknown
}

/** The lines of a log, and a way to wait for one. */
function createLog() {
  const lines: Line[] = []
  const waiting: { readonly holds: (lines: readonly Line[]) => boolean; resolve(): void }[] = []
  const write = (level: string) => (fields: object, message: string) => {
    lines.push({ ...fields, level, message })
    for (const each of waiting) if (each.holds(lines)) each.resolve()
  }
  return {
    lines,
    logger: { debug() {}, info: write('info'), warn: write('warn'), error: write('error') },
    until(holds: (lines: readonly Line[]) => boolean): Promise<void> {
      const { promise, resolve } = Promise.withResolvers<void>()
      if (holds(lines)) resolve()
      else waiting.push({ holds, resolve })
      return promise
    },
  }
}

async function start(answer: () => Script, log: ReturnType<typeof createLog>, name: string) {
  const sort = definePipeline({
    name: 'sort',
    input: z.object({ message: z.string() }),
    output: z.object({ intent: z.string() }),
    models: [scriptedModel({ provider: 'lab', id: 'gpt-5-mini', script: answer })],
    deadlineMs: 5_000,
    prompt: ({ input }) => ({ user: input.message }),
    canned: () => ({ intent: 'support' }),
  })
  const app = await createHoldfast({
    pipelines: { sort },
    data: join(folder, name),
    queue: `sqlite:${join(folder, 'queue.db')}`,
    logger: log.logger,
    checks: { cron: '* * * * * *', cases: join(folder, 'cases') },
  })
  apps.push(app)
  return app
}

const checks = (lines: readonly Line[]) =>
  lines.filter(({ message }) => message === 'The models were checked.')

describe('scheduled checks', () => {
  it('warn by log, metric and trace when a provider changes a model', async () => {
    let answer = says('{"intent": "exchange"}', {
      servedModel: 'gpt-5-mini-2025-08-07',
      fingerprint: 'fp_1',
    })
    const log = createLog()
    const app = await start(() => answer, log, 'data')
    await log.until((lines) => checks(lines).length >= 1)
    expect(log.lines.filter(({ level }) => level === 'warn')).toEqual([])
    answer = says(`{"intent": "${'exchange '.repeat(10)}"}`, {
      servedModel: 'gpt-5-mini-2026-11-24',
      fingerprint: 'fp_2',
    })
    await log.until((lines) => checks(lines).some(({ changes }) => Number(changes) >= 3))
    const warned = log.lines.filter(({ message }) => message === 'A model is not what it was.')
    expect(warned.map(({ change }) => change)).toEqual(
      expect.arrayContaining(['served-model', 'fingerprint', 'length']),
    )
    expect(warned[0]).toMatchObject({ level: 'warn', pipeline: 'sort', model: 'lab/gpt-5-mini' })
    const labels = 'holdfast_pipeline="sort",model="lab/gpt-5-mini"'
    const text = app.metrics()
    expect(text).toMatch(
      new RegExp(`holdfast_model_changes_total\\{${labels},change="served-model"\\} [1-9]`),
    )
    expect(text).toMatch(
      new RegExp(`holdfast_check_answers_total\\{${labels},outcome="valid"\\} [1-9]`),
    )
    const trace = await app.traces.get(String(warned[0]?.traceId))
    expect(trace?.name).toBe('models.check')
    expect(trace?.spans[0]?.events.map(({ name }) => name)).toContain('model.changed')
  })

  it('are made by one of several processes, and not by one that only enqueues', async () => {
    const answer = says('{"intent": "exchange"}')
    const logs = [createLog(), createLog()]
    for (const [index, log] of logs.entries()) await start(() => answer, log, `data-${index}`)
    const all = () => logs.flatMap(({ lines }) => checks(lines))
    await Promise.race(logs.map((log) => log.until(() => all().length >= 3)))
    const seconds = all().map(({ traceId }) => traceId)
    expect(new Set(seconds).size).toBe(seconds.length)
    const other = createLog()
    const idle = await createHoldfast({
      pipelines: {
        sort: definePipeline({
          name: 'sort',
          input: z.object({ message: z.string() }),
          output: z.object({ intent: z.string() }),
          models: [scriptedModel({ script: answer })],
          deadlineMs: 5_000,
          prompt: ({ input }) => ({ user: input.message }),
          canned: () => ({ intent: 'support' }),
        }),
      },
      data: join(folder, 'idle'),
      queue: `sqlite:${join(folder, 'queue.db')}`,
      logger: other.logger,
      concurrency: 0,
      checks: { cron: '* * * * * *', cases: join(folder, 'cases') },
    })
    apps.push(idle)
    const before = all().length
    await Promise.race(logs.map((log) => log.until(() => all().length > before)))
    expect(checks(other.lines)).toEqual([])
  })

  it('are refused at the start where there is no case', async () => {
    rmSync(join(folder, 'cases'), { recursive: true })
    const started = start(() => [], createLog(), 'data')
    await expect(started).rejects.toMatchObject({ code: 'INVALID_CONFIG' })
  })
})
