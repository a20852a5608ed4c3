import { spawn } from 'node:child_process'

/** Runs a command of the repository and rejects when it fails; what it prints is shown. */
export function run(
  command: string,
  args: readonly string[],
  options: { cwd?: string } = {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', ...options })
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      if (code === 0) resolve()
      else
        reject(new Error(`${command} ${args.join(' ')} ended with ${signal ?? `status ${code}`}.`))
    })
  })
}
