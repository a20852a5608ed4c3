import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'holdfast-cli-'))
const config = join(root, 'examples/onboarding/holdfast.config.ts')

afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Without the keys of whoever runs the tests. */
const { OPENAI_API_KEY, ANTHROPIC_API_KEY, OPENAI_BASE_URL, OLLAMA_HOST, ...env } = process.env

/** Runs the built command in an empty folder. */
function holdfast(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(root, 'dist/cli/main.js'), ...args],
      { cwd: folder, env },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    )
  })
}

const input = '{"userId":"u1","message":"I want to swap 200 euros for bitcoin"}'

describe('holdfast run', () => {
  it('prints the typed answer, where it came from, and the waterfall', async () => {
    const { code, stdout, stderr } = await holdfast(
      'run',
      'onboarding',
      '--input',
      input,
      '--config',
      config,
    )
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain('"intent": "exchange"')
    expect(stdout).toMatch(/source: primary rehearsal\/\S+ \(rehearsal stand-in, not a model\)/)
    expect(stdout).toMatch(/^ {2}chat rehearsal-primary\s+.*tokens/m)
  })

  it('prints only JSON where that is asked for', async () => {
    const { stdout } = await holdfast(
      'run',
      'onboarding',
      '--json',
      '--input',
      input,
      '--config',
      config,
    )
    expect(JSON.parse(stdout)).toMatchObject({ source: 'primary', value: { intent: 'exchange' } })
  })

  it('draws the trace of an earlier call', async () => {
    const { stdout } = await holdfast('traces', '--config', config)
    const [, traceId = ''] = /([0-9a-f]{32})/.exec(stdout) ?? []
    expect((await holdfast('trace', traceId, '--config', config)).stdout).toContain(
      'llm.call onboarding',
    )
  })

  it.each([
    [['run', 'nope', '--input', '{}', '--config', config], /UNKNOWN_PIPELINE.*Known: onboarding/],
    [
      ['run', 'onboarding', '--input', '{oops', '--config', config],
      /INVALID_INPUT.*--input is not JSON/,
    ],
    [
      ['run', 'onboarding', '--input', '{"userId":"u1"}', '--config', config],
      /INVALID_INPUT.*message/,
    ],
    [['run', 'onboarding', '--input', '{}'], /INVALID_CONFIG.*holdfast\.config\.ts.*--config/],
    [['trace', 'none', '--config', config], /NOT_FOUND.*none/],
  ])('says in one line what is wrong with %j', async (args, message) => {
    const { code, stderr } = await holdfast(...args)
    expect(code).toBe(1)
    expect(stderr).toMatch(message)
    expect(stderr).not.toContain('    at ')
  })

  it('names the config file with a mistake', async () => {
    const broken = join(folder, 'broken.config.mjs')
    writeFileSync(broken, 'export default {')
    expect((await holdfast('traces', '--config', broken)).stderr).toMatch(
      /INVALID_CONFIG.*broken\.config\.mjs/,
    )
    const empty = join(folder, 'empty.config.mjs')
    writeFileSync(empty, 'export const nothing = 1')
    expect((await holdfast('traces', '--config', empty)).stderr).toMatch(
      /empty\.config\.mjs.*defineConfig/,
    )
  })
})

describe('holdfast serve', () => {
  it('serves the API, the studio and the client', async () => {
    const command = [join(root, 'dist/cli/main.js'), 'serve', '--port', '0', '--config', config]
    const server = spawn(process.execPath, command, {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const ended = once(server, 'exit')
    try {
      const [line] = await once(server.stdout, 'data')
      const [url = ''] = /http:\/\/[\d.:]+/.exec(String(line)) ?? []
      const get = async (path: string) => (await fetch(`${url}${path}`)).text()
      expect(await get('/v1/pipelines')).toContain('onboarding')
      expect(await get('/studio/')).toContain('<title>Holdfast studio</title>')
      expect(await get('/client/index.js')).toContain('createLiveClient')
    } finally {
      server.kill('SIGTERM')
    }
    expect(await ended).toEqual([0, null])
  })
})

describe('holdfast drill', () => {
  it('puts faults between a pipeline and its models and reports what came of it', async () => {
    const args = ['--scenario', 'outage', '--requests', '60', '--json', '--config', config]
    const { code, stdout } = await holdfast('drill', 'onboarding', ...args)
    expect(code).toBe(0)
    const [report] = JSON.parse(stdout)
    expect(report).toMatchObject({ requests: 60, wrong: 0, truncated: 0, hung: 0, passed: true })
    expect(report.bySource.fallback).toBeGreaterThan(0)
  })

  it('names the faults, and the scenario that is not there', async () => {
    expect((await holdfast('drill', '--list')).stdout).toContain('rate-limit-seconds')
    const { stderr } = await holdfast(
      'drill',
      'onboarding',
      '--scenario',
      'nope',
      '--config',
      config,
    )
    expect(stderr).toMatch(/--scenario is "nope"; expected one of .*outage/)
  })
})
