import { join } from 'node:path'
import { run } from './run.ts'

console.log('Building …')
await import('./build.ts')
console.log('Starting the onboarding application …')
await run(process.execPath, [join(import.meta.dirname, '../examples/onboarding/start.ts')])
