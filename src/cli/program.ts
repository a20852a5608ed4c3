import { Command } from 'commander'
import { type RunFlags, runCommand } from './run-command.ts'
import { type ServeFlags, serveCommand } from './serve-command.ts'
import { traceCommand, tracesCommand } from './trace-command.ts'

const configFlag = [
  '--config <file>',
  'the config file (default: holdfast.config.ts here)',
] as const

/** The command line, `holdfast --help`. */
export function createProgram(): Command {
  const program = new Command('holdfast').description(
    'Keeps LLM features on their feet in production.',
  )
  program
    .command('run <pipeline>')
    .description('make one answer, and show where it came from')
    .requiredOption('--input <json>', 'the input of the pipeline')
    .option('--json', 'print the answer as JSON, and nothing else')
    .option(...configFlag)
    .action((pipeline: string, flags: RunFlags) => runCommand(pipeline, flags))
  program
    .command('serve')
    .description('serve the pipelines over HTTP and WebSocket')
    .option('--port <port>', 'default: the variable PORT, else 8787')
    .option('--host <host>', 'default: 127.0.0.1')
    .option(...configFlag)
    .action((flags: ServeFlags) => serveCommand(flags))
  program
    .command('traces')
    .description('list the last calls')
    .option(...configFlag)
    .action((flags: { config?: string }) => tracesCommand(flags))
  program
    .command('trace <id>')
    .description('draw the waterfall of one call')
    .option(...configFlag)
    .action((id: string, flags: { config?: string }) => traceCommand(id, flags))
  return program
}
