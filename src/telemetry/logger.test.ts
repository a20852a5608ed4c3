import { spawn } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { createLogger } from './logger.ts'

/** Runs a program that uses the logger, with its standard error in a pipe. */
function startProgram(body: string) {
  const logger = JSON.stringify(new URL('logger.ts', import.meta.url).href)
  const program = `import { createLogger } from ${logger}; const logger = createLogger('info'); ${body}`
  return spawn(process.execPath, ['--input-type=module', '--eval', program])
}

function collect(stream: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    stream.on('data', (chunk) => {
      text += chunk
    })
    stream.on('end', () => resolve(text))
  })
}

describe('createLogger', () => {
  it('writes what waits when the program exits', async () => {
    const program = startProgram(
      "logger.debug({}, 'hidden'); logger.info({ a: 1 }, 'first'); logger.error({}, 'last'); process.exit(0)",
    )
    const lines = (await collect(program.stderr))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    // A line that is being written when the program exits may be overtaken by the rest.
    expect(lines.toSorted((left, right) => left.level - right.level)).toMatchObject([
      { level: 30, a: 1, msg: 'first' },
      { level: 50, msg: 'last' },
    ])
  })

  it('drops lines instead of waiting for a reader, and counts them', async () => {
    // Nobody reads the pipe until the program has said how long its lines took.
    const program = startProgram(`
      const line = 'x'.repeat(1000); let slowest = 0
      for (let n = 0; n < 5000; n++) {
        const startedAt = performance.now(); logger.info({}, line)
        slowest = Math.max(slowest, performance.now() - startedAt)
        if (n % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
      }
      process.stdout.write(JSON.stringify({ dropped: logger.droppedLines, slowest }) + '\\n')
    `)
    program.stderr.pause()
    const said = await new Promise<string>((resolve) =>
      program.stdout.once('data', (data) => resolve(String(data))),
    )
    const { dropped, slowest } = JSON.parse(said)
    expect(dropped).toBeGreaterThan(3_000)
    expect(slowest).toBeLessThan(250)
    program.kill('SIGKILL')
  })

  it('refuses a level that is none', () => {
    expect(() => createLogger('loud')).toThrow(
      'log level is "loud"; expected one of debug, info, warn, error, silent.',
    )
  })
})
