import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The path of a program on the PATH, if it is there. */
export function findOnPath(name: string): string | undefined {
  return findIn((process.env.PATH ?? '').split(delimiter), name)
}

function findIn(folders: readonly string[], name: string): string | undefined {
  for (const folder of folders) {
    const path = join(folder, name)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      // Not in this folder: look in the next.
    }
  }
  return undefined
}

export interface SystemProgram {
  /** Names under which it is found on the PATH, the usual one first. */
  readonly names: readonly string[]
  /** Folders beside those of the PATH where the system may keep it. */
  readonly folders?: () => readonly string[]
  readonly aptPackage: string
  readonly brewPackage: string
  /** The variable by which a person names it, or a running one, instead. */
  readonly variable: string
}

/**
 * The path of a program that the tests need: from the PATH, else installed by the system's package
 * manager where this user may.
 */
export function findOrInstall(program: SystemProgram): string {
  const present = findAny(program)
  if (present) return present
  console.log(`${program.names[0]} is not there; installing it with the system's package manager …`)
  if (findOnPath('apt-get') && process.getuid?.() === 0) {
    run('apt-get', ['update', '-qq'])
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', program.aptPackage])
  } else if (findOnPath('brew')) {
    run('brew', ['install', program.brewPackage])
  }
  const installed = findAny(program)
  if (installed) return installed
  throw new Error(
    `The tests need ${program.names[0]}. Install it (Debian: sudo apt-get install ${program.aptPackage}; macOS: brew install ${program.brewPackage}), or name one with ${program.variable}.`,
  )
}

function findAny({ names, folders = () => [] }: SystemProgram): string | undefined {
  const more = folders()
  return names
    .map((name) => findOnPath(name) ?? findIn(more, name))
    .find((path) => path !== undefined)
}

function run(command: string, args: readonly string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const { status } = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'], env })
  if (status !== 0) console.log(`${command} ${args.join(' ')} ended with status ${status}.`)
}
