import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chownSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { findOrInstall } from './find-program.ts'
import { freePort } from './free-port.ts'

/** A Postgres for the tests. */
export interface TestPostgres {
  readonly url: string
  stop(): Promise<void>
}

/**
 * The database that DATABASE_URL names, else a server of our own on a free port of loopback, which waits
 * for no disk unless it is told to.
 */
export async function startPostgres({
  fsync = 'off',
}: {
  readonly fsync?: 'on' | 'off'
} = {}): Promise<TestPostgres> {
  const named = process.env.DATABASE_URL
  if (named) return { url: named, stop: async () => {} }
  const program = findOrInstall({
    names: ['postgres'],
    folders: debianFolders,
    aptPackage: 'postgresql',
    brewPackage: 'postgresql',
    variable: 'DATABASE_URL',
  })
  // The programs of one release stand together, behind whatever links lead there.
  const programs = dirname(realpathSync(program))
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-postgres-'))
  const user = unprivilegedUser()
  if (user) chownSync(folder, user.uid, user.gid)
  execFileSync(
    join(programs, 'initdb'),
    ['--pgdata', folder, '--username=holdfast', '--auth=trust', '--encoding=UTF8', '--no-sync'],
    {
      ...user,
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, LC_ALL: 'C' },
    },
  )
  const server = spawn(join(programs, 'postgres'), ['-D', folder, ...settings(port, fsync)], {
    ...user,
    cwd: folder,
    stdio: 'ignore',
  })
  const url = `postgres://holdfast@127.0.0.1:${port}/postgres`
  const stop = async () => {
    await end(server)
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await answersQuery(url, server)
  } catch (error) {
    await stop()
    throw error
  }
  return { url, stop }
}

/** Where Debian keeps the programs of each release, which are not on the PATH; the newest first. */
function debianFolders(): readonly string[] {
  const root = '/usr/lib/postgresql'
  try {
    return readdirSync(root)
      .toSorted((one, other) => Number(other) - Number(one))
      .map((release) => join(root, release, 'bin'))
  } catch {
    // Not a Debian, or nothing installed yet.
    return []
  }
}

/** Postgres refuses to run as root: then it runs as its own user, or as nobody. */
function unprivilegedUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
  for (const wanted of ['postgres', 'nobody']) {
    const account = accounts.find(([name]) => name === wanted)
    if (account) return { uid: Number(account[2]), gid: Number(account[3]) }
  }
  throw new Error(
    'Postgres does not run as root, and there is no user postgres or nobody. Run the tests as another user, or name a database with DATABASE_URL.',
  )
}

/** Loopback alone, and no wait for the disk: the machine outlives the tests. */
function settings(port: number, fsync: 'on' | 'off'): string[] {
  const values = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 200,
    fsync,
  }
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

/** Resolves when the server answers; it is asked again until then. */
async function answersQuery(url: string, server: ChildProcess): Promise<void> {
  let reason: unknown
  for (let attempt = 0; attempt < 300; attempt++) {
    if (server.exitCode !== null) throw new Error(`postgres ended with status ${server.exitCode}.`)
    const client = new pg.Client({ connectionString: url })
    try {
      await client.connect()
      return
    } catch (error) {
      reason = error
    } finally {
      await client.end()
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`postgres does not answer at ${url}.`, { cause: reason })
}

/** SIGINT closes the connections that are left; SIGTERM would wait for them. */
function end(server: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (server.exitCode !== null) return resolve()
    server.once('exit', () => resolve())
    server.kill('SIGINT')
  })
}
