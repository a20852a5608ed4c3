import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { FaultPlan } from '../src/providers/rehearsal/fault-plan.ts'
import {
  type RehearsalServer,
  startRehearsalServer,
} from '../src/providers/rehearsal/rehearsal-server.ts'

const root = join(import.meta.dirname, '..')
let folder: string
let server: RehearsalServer

beforeAll(async () => {
  server = await startRehearsalServer({ tokensPerSecond: 0, firstTokenMs: 5 })
})

afterAll(() => server.close())

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-replay-'))
  writeFileSync(join(folder, 'holdfast.config.mjs'), config())
  server.setFaults({ kind: 'healthy' })
  return () => rmSync(folder, { recursive: true, force: true })
})

/** Three pipelines on the two models of the server: typed, with memory, and with a strict input. */
function config(): string {
  return `
import { defineConfig, definePipeline, rehearsal } from '${pathToFileURL(join(root, 'dist/index.js'))}'
import { z } from '${import.meta.resolve('zod')}'

const server = { baseUrl: '${server.baseUrl}', contextWindow: 32768 }
const models = ['rehearsal-primary', 'rehearsal-fallback'].map((model) => rehearsal(server, { model }))
const output = z.object({ intent: z.enum(['exchange', 'support']), reply: z.string().min(1) })
const canned = () => ({ intent: 'support', reply: 'A person will answer.' })
const prompt = ({ input }) => ({ system: 'Sort the message.', user: input.message })
const facts = { output, models, deadlineMs: 8000, canned, prompt }

export default defineConfig({
  pipelines: {
    sort: definePipeline({ ...facts, name: 'sort', input: z.object({ message: z.string() }) }),
    chat: definePipeline({
      ...facts,
      name: 'chat',
      input: z.object({ user: z.string(), message: z.string() }),
      memory: { conversation: ({ user }) => user, tokenBudget: 2000 },
    }),
    mail: definePipeline({
      ...facts,
      name: 'mail',
      input: z.object({ from: z.email(), message: z.string() }),
    }),
  },
})
`
}

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs the built command where the config is. */
function holdfast(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(root, 'dist/cli/main.js'), ...args],
      { cwd: folder },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    )
  })
}

/** Makes one answer, and gives the id of its trace. */
async function record(pipeline: string, input: object): Promise<string> {
  const run = await holdfast('run', pipeline, '--json', '--input', JSON.stringify(input))
  expect(run.stderr).toBe('')
  return JSON.parse(run.stdout).traceId
}

const swap = { message: 'I want to swap 200 euros, write to jane.roe@example.com' }
const onPrimary = (id: string): FaultPlan => ({
  kind: 'by-model',
  models: { 'rehearsal-primary': { kind: 'always', fault: id } },
})

describe('holdfast replay', () => {
  it('gives the same value again and says that the input is sanitised', async () => {
    const traceId = await record('sort', swap)
    const { code, stdout, stderr } = await holdfast('replay', traceId)
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/sanitised: the model sees \[EMAIL_1\]/)
    expect(stdout).not.toContain('jane.roe')
    expect(stdout).toMatch(/^source +primary +primary$/m)
    expect(stdout).toMatch(/^latency +\d+ ms +\d+ ms/m)
    expect(stdout).toMatch(/^tokens out +\d+ +\d+/m)
  })

  it('shows what another model makes of it', async () => {
    const traceId = await record('sort', { message: 'swap 5 euros' })
    const { stdout } = await holdfast('replay', traceId, '--model', 'fallback', '--json')
    const { before, now, differences } = JSON.parse(stdout)
    expect(before).toMatchObject({ source: 'primary', model: 'rehearsal/rehearsal-primary' })
    expect(now).toMatchObject({ source: 'primary', model: 'rehearsal/rehearsal-fallback' })
    expect(differences).toEqual([])
  })

  it('shows field by field how the value differs', async () => {
    const traceId = await record('sort', { message: 'swap 5 euros' })
    server.setFaults({ kind: 'always', fault: 'schema-invalid' })
    const { code, stdout } = await holdfast('replay', traceId)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^source +primary +canned \(invalid-output\)$/m)
    expect(stdout).toMatch(/^reply\n {2}- .+\n {2}\+ A person will answer\.$/m)
  })

  it('brings the conversation along and writes nothing to it', async () => {
    await record('chat', { user: 'u7', message: 'my budget is 200 euros' })
    const traceId = await record('chat', { user: 'u7', message: 'swap it' })
    server.requests.clear()
    const sent = server.requests.count
    const first = await holdfast('replay', traceId, '--json')
    const second = await holdfast('replay', traceId, '--json')
    expect(server.requests.count - sent).toBe(2)
    expect(JSON.parse(first.stdout).notes.join(' ')).toMatch(/turns 2/)
    const tokens = ({ stdout }: Ended) => JSON.parse(stdout).now.inputTokens
    expect(tokens(second)).toBe(tokens(first))
    expect(tokens(first)).toBe(JSON.parse(first.stdout).before.inputTokens)
  })

  it('says why a sanitised input does not fit', async () => {
    const traceId = await record('mail', { from: 'jane.roe@example.com', message: 'hello' })
    const { code, stderr } = await holdfast('replay', traceId)
    expect(code).toBe(1)
    expect(stderr).toMatch(/INVALID_INPUT.*does not fit mail \(from: .*sanitised \(\[EMAIL_1\]/)
  })

  it('names the models that there are', async () => {
    const traceId = await record('sort', { message: 'hello' })
    const { code, stderr } = await holdfast('replay', traceId, '--model', 'gpt-none')
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /--model is "gpt-none"; .*fallback, rehearsal\/rehearsal-primary.*openai/,
    )
  })
})

describe('holdfast traces', () => {
  it('lists by pipeline, source, status, time and number', async () => {
    await record('sort', { message: 'one' })
    await record('chat', { user: 'u1', message: 'two' })
    server.setFaults(onPrimary('unavailable'))
    await record('sort', { message: 'three' })
    const list = async (...flags: string[]) =>
      (await holdfast('traces', ...flags)).stdout.match(/[0-9a-f]{32}/g)?.length ?? 0
    expect(await list()).toBe(3)
    expect(await list('--pipeline', 'sort')).toBe(2)
    expect(await list('--source', 'fallback')).toBe(1)
    expect(await list('--degraded', '--pipeline', 'chat')).toBe(0)
    expect(await list('--status', 'error')).toBe(0)
    expect(await list('--since', '1h', '--limit', '2')).toBe(2)
    expect(await list('--since', '2999-01-01')).toBe(0)
  })

  it.each([
    [['--source', 'best'], /--source is "best"; expected one of primary/],
    [['--since', 'monday'], /--since is "monday"; expected how long ago/],
    [['--limit', '0'], /--limit is "0"; expected a whole number from 1/],
    [['--status', 'bad'], /--status is "bad"; expected ok or error/],
  ])('says what is wrong with %j', async (flags, message) => {
    const { code, stderr } = await holdfast('traces', ...flags)
    expect(code).toBe(1)
    expect(stderr).toMatch(message)
  })
})

describe('holdfast trace --save-test', () => {
  it('writes the sanitised call as a test case, once', async () => {
    const traceId = await record('sort', swap)
    const { code } = await holdfast('trace', traceId, '--save-test')
    expect(code).toBe(0)
    const [file = ''] = readdirSync(join(folder, 'holdfast-cases'))
    const text = readFileSync(join(folder, 'holdfast-cases', file), 'utf8')
    expect(file).toBe(`sort-${traceId.slice(0, 8)}.json`)
    expect(text).not.toContain('jane.roe')
    expect(JSON.parse(text)).toMatchObject({
      pipeline: 'sort',
      input: { message: 'I want to swap 200 euros, write to [EMAIL_1]' },
      expected: { compare: 'shape', value: { intent: expect.any(String) } },
      recorded: { traceId, model: 'rehearsal/rehearsal-primary' },
    })
    const again = await holdfast('trace', traceId, '--save-test')
    expect(again.code).toBe(1)
    expect(again.stderr).toMatch(/is there already/)
  })

  it('expects nothing of a call that no model answered', async () => {
    server.setFaults({ kind: 'always', fault: 'schema-invalid' })
    const traceId = await record('sort', { message: 'hello' })
    const saved = await holdfast('trace', traceId, '--save-test', 'cases/hello.json')
    expect(saved.stdout).toMatch(/to the schema alone/)
    const text = readFileSync(join(folder, 'cases/hello.json'), 'utf8')
    expect(JSON.parse(text).expected).toBeUndefined()
  })
})

describe('holdfast traces --save-tests', () => {
  it('writes the failures of late as sanitised test cases', async () => {
    await record('sort', { message: 'fine' })
    server.setFaults(onPrimary('schema-invalid'))
    const traceId = await record('sort', swap)
    const flags = ['traces', '--rejected', '--since', '1h', '--save-tests']
    const saved = await holdfast(...flags)
    expect(saved.stdout.match(/^Written: /gm)).toHaveLength(1)
    const [file = '', ...others] = readdirSync(join(folder, 'holdfast-cases'))
    expect(others).toEqual([])
    const text = readFileSync(join(folder, 'holdfast-cases', file), 'utf8')
    expect(text).not.toContain('jane.roe')
    expect(JSON.parse(text)).toMatchObject({ pipeline: 'sort', recorded: { traceId } })
    writeFileSync(join(folder, 'holdfast-cases', file), 'edited')
    expect((await holdfast(...flags)).stdout).toMatch(/^There already: /m)
    expect(readFileSync(join(folder, 'holdfast-cases', file), 'utf8')).toBe('edited')
    const none = await holdfast('traces', '--rejected', '--pipeline', 'chat', '--save-tests', 'x')
    expect(none.stdout).not.toContain('Written')
  })
})

describe('holdfast check', () => {
  /** Cases as `--save-test` writes them. */
  function saveCases(...messages: string[]): void {
    mkdirSync(join(folder, 'holdfast-cases'))
    for (const [index, message] of messages.entries()) {
      const expected = { compare: 'shape', value: { intent: 'exchange', reply: 'Yes.' } }
      const text = JSON.stringify({ pipeline: 'sort', input: { message }, expected })
      writeFileSync(join(folder, `holdfast-cases/case-${index}.json`), text)
    }
  }

  it('finds nothing while nothing has changed', async () => {
    for (const message of ['swap 5 euros', 'help me']) {
      await holdfast('trace', await record('sort', { message }), '--save-test')
    }
    const first = await holdfast('check')
    expect([first.code, first.stderr]).toEqual([0, ''])
    expect(first.stdout).toMatch(/^2 cases, the first run/)
    const second = await holdfast('check')
    expect(second.code).toBe(0)
    expect(second.stdout).toMatch(/compared with the last run/)
    expect(second.stdout).toMatch(
      /^sort +rehearsal\/rehearsal-primary \(stand-in\) +rehearsal-primary +fp_rehearsal +2\/2 \(2\/2\)/m,
    )
    expect(second.stdout).toMatch(/No change was found\.$/m)
  })

  it('alarms once when the provider serves another model', async () => {
    saveCases('swap 5 euros')
    await holdfast('check')
    server.setFaults(onPrimary('wrong-model'))
    const changed = await holdfast('check')
    expect(changed.code).toBe(2)
    expect(changed.stdout).toMatch(
      /^CHANGED {2}sort · rehearsal\/rehearsal-primary: The provider serves rehearsal-primary-lite; so far it served rehearsal-primary\.$/m,
    )
    expect(changed.stdout).not.toMatch(/CHANGED.*rehearsal-fallback/)
    expect((await holdfast('check')).code).toBe(0)
  })

  it('alarms when answers no longer fit', async () => {
    saveCases('swap 5 euros', 'help me', 'hello')
    await holdfast('check')
    server.setFaults(onPrimary('schema-invalid'))
    const { code, stdout } = await holdfast('check', '--json')
    expect(code).toBe(2)
    const [primary, fallback] = JSON.parse(stdout).models
    const text = 'Valid answers fell from 3 of 3 to 0 of 3: 3 did not fit.'
    expect(besideLatency(primary)).toEqual([{ level: 'alarm', change: 'validity', text }])
    expect(besideLatency(fallback)).toEqual([])
  })

  it('counts refusals, and an outage is no verdict but no silence either', async () => {
    saveCases('swap 5 euros')
    await holdfast('check')
    server.setFaults(onPrimary('refusal'))
    expect((await holdfast('check')).stdout).toMatch(/1 did not fit, of which 1 refused/)
    server.setFaults(onPrimary('unavailable'))
    const { code, stdout } = await holdfast('check')
    expect(code).toBe(2)
    expect(stdout).toMatch(/rehearsal-primary: It answered none of the cases \(/)
  })

  it('holds an answer to the value that its case expects', async () => {
    saveCases('swap 5 euros')
    const path = join(folder, 'holdfast-cases/case-0.json')
    const saved = JSON.parse(readFileSync(path, 'utf8'))
    const expected = { ...saved.expected, compare: 'value' }
    writeFileSync(path, JSON.stringify({ ...saved, expected }))
    const { stdout } = await holdfast('check', '--json')
    expect(JSON.parse(stdout).models[0]).toMatchObject({
      valid: { good: 1, of: 1 },
      asExpected: { good: 0, of: 1 },
    })
  })

  it('says what is wrong with the cases', async () => {
    expect((await holdfast('check')).stderr).toMatch(/INVALID_CONFIG: There is no test case in/)
    const write = (text: string) => writeFileSync(join(folder, 'odd.json'), text)
    const check = async () => (await holdfast('check', '--cases', '.')).stderr
    write('{oops')
    expect(await check()).toMatch(/INVALID_CONFIG: .*odd\.json cannot be read/)
    write('{"pipeline":"sort"}')
    expect(await check()).toMatch(/odd\.json has no "input"/)
    write('{"pipeline":"gone","input":{}}')
    expect(await check()).toMatch(/UNKNOWN_PIPELINE: The test case odd: .*Known: sort, chat, mail/)
    write('{"pipeline":"sort","input":{}}')
    expect(await check()).toMatch(/INVALID_INPUT: The test case odd: .*message/)
  })
})

/** How long a model took is the machine's doing here. */
function besideLatency({ findings }: { findings: readonly { change: string }[] }) {
  return findings.filter(({ change }) => change !== 'latency')
}
