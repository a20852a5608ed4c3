import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './run.ts'

const folder = join(import.meta.dirname, '../bench')
const files = readdirSync(folder)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -'.ts'.length))
// `jobs-subjects.ts` is a part of `jobs.ts`.
const names = files.filter((file) => !files.some((other) => file.startsWith(`${other}-`)))

const [name, ...args] = process.argv.slice(2)
if (name === undefined || !names.includes(name)) {
  console.error(`Usage: npm run bench -- <name> [options]; names: ${names.join(', ')}`)
  process.exit(1)
}
await run(process.execPath, ['--expose-gc', join(folder, `${name}.ts`), ...args])
