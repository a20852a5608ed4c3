import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { HoldfastConfig } from '../app/holdfast.ts'
import { HoldfastError, messageOf } from '../base/errors.ts'
import { isRecord } from '../base/json.ts'

/** What a `holdfast.config.ts` exports as its default. */
export interface ConfigFile extends HoldfastConfig {
  /** Folders of static files that `holdfast serve` serves, by path, beside `/studio` and `/client`. */
  readonly pages?: Readonly<Record<string, string>>
}

/**
 * Types a config file.
 *
 * @example
 * export default defineConfig({ pipelines: { greet } })
 */
export function defineConfig<Config extends ConfigFile>(config: Config): Config {
  return config
}

const fileNames = ['holdfast.config.ts', 'holdfast.config.mjs', 'holdfast.config.js']

/**
 * Loads the named config file, or the one in the working directory.
 *
 * @throws INVALID_CONFIG that names the file and the way out.
 */
export async function loadConfig(named: string | undefined): Promise<ConfigFile> {
  const path = named === undefined ? findConfig() : resolve(named)
  if (!existsSync(path)) {
    throw configError(path, `There is no file ${path}. Name one with --config <file>.`)
  }
  const module = await importConfig(path)
  const config: unknown = isRecord(module) ? module.default : undefined
  if (!isConfig(config)) {
    throw configError(
      path,
      `${path} has to export default defineConfig({ pipelines: { … } }) from holdfast.`,
    )
  }
  return config
}

function findConfig(): string {
  const found = fileNames.map((name) => resolve(name)).find((path) => existsSync(path))
  if (found) return found
  throw configError(
    process.cwd(),
    `There is no ${fileNames.join(', ')} in ${process.cwd()}. Go where it is, or name it with --config <file>.`,
  )
}

async function importConfig(path: string): Promise<unknown> {
  try {
    return await import(pathToFileURL(path).href)
  } catch (error) {
    const hint = path.endsWith('.ts')
      ? ' A config in TypeScript needs Node 22.18 or later, and types that can be stripped.'
      : ''
    throw configError(path, `${path} cannot be loaded: ${messageOf(error)}.${hint}`, error)
  }
}

function isConfig(value: unknown): value is ConfigFile {
  return isRecord(value) && isRecord(value.pipelines)
}

function configError(path: string, message: string, cause?: unknown): HoldfastError {
  return new HoldfastError('INVALID_CONFIG', message, { option: 'config', value: path }, { cause })
}
