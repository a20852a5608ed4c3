import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findOrInstall } from './find-program.ts'
import { freePort } from './free-port.ts'

/** A Prometheus that scrapes one address, for the tests of metrics and dashboards. */
export interface TestPrometheus {
  readonly url: string
  stop(): Promise<void>
}

/**
 * Starts a Prometheus on a free port of loopback that scrapes `target` (`host:port`) at `/metrics`
 * several times a second.
 */
export async function startPrometheus(target: string): Promise<TestPrometheus> {
  const program =
    process.env.PROMETHEUS ??
    findOrInstall({
      names: ['prometheus'],
      aptPackage: 'prometheus',
      brewPackage: 'prometheus',
      variable: 'PROMETHEUS',
    })
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-prometheus-'))
  const config = join(folder, 'prometheus.yml')
  writeFileSync(config, configFor(target))
  const server = spawn(
    program,
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { stdio: 'ignore' },
  )
  const url = `http://127.0.0.1:${port}`
  await isReady(url, server)
  return {
    url,
    async stop() {
      await end(server)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function configFor(target: string): string {
  return `global:
  scrape_interval: 200ms
  scrape_timeout: 200ms
scrape_configs:
  - job_name: holdfast
    static_configs:
      - targets: ['${target}']
`
}

/** Resolves when the server says that it is ready; it is asked again until then. */
async function isReady(url: string, server: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (server.exitCode !== null) {
      throw new Error(`prometheus ended with status ${server.exitCode}.`)
    }
    const response = await fetch(`${url}/-/ready`).catch(() => undefined)
    if (response?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`prometheus is not ready at ${url}.`)
}

function end(server: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (server.exitCode !== null) return resolve()
    server.once('exit', () => resolve())
    server.kill('SIGTERM')
  })
}
