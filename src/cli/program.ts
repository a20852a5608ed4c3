import { Command } from 'commander'
import { type CheckFlags, checkCommand } from './check-command.ts'
import { type DrillFlags, drillCommand } from './drill-command.ts'
import {
  type ListJobsFlags,
  listJobsCommand,
  type RetryJobsFlags,
  retryJobsCommand,
  type ShowJobFlags,
  showJobCommand,
} from './jobs-command.ts'
import { type ReplayFlags, replayCommand } from './replay-command.ts'
import { type RunFlags, runCommand } from './run-command.ts'
import { type ServeFlags, serveCommand } from './serve-command.ts'
import { type TraceFlags, traceCommand } from './trace-command.ts'
import { type TracesFlags, tracesCommand } from './traces-command.ts'
import { type WorkerFlags, workerCommand } from './worker-command.ts'

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
    .option(
      '--concurrency <count>',
      'enqueued answers made at the same time; 0 leaves them to workers',
    )
    .option(...configFlag)
    .action((flags: ServeFlags) => serveCommand(flags))
  program
    .command('worker')
    .description('make enqueued answers, apart from the servers')
    .option(
      '--concurrency <count>',
      'answers made at the same time (default: as configured, else 16)',
    )
    .option('--grace <ms>', 'at SIGTERM, how long answers at work may take to end (default: 10000)')
    .option(...configFlag)
    .action((flags: WorkerFlags) => workerCommand(flags))
  addJobsCommands(
    program.command('jobs').description('look at enqueued answers, and try failed ones again'),
  )
  program
    .command('traces')
    .description('list the last calls, newest first')
    .option('--pipeline <name>', 'only of this pipeline')
    .option('--status <status>', 'ok or error')
    .option('--source <source>', 'primary, fallback, cache or canned')
    .option('--degraded', 'only calls whose answer was degraded')
    .option('--rejected', 'only calls of which an answer did not fit')
    .option('--save-tests [folder]', 'write them as test cases (default: holdfast-cases)')
    .option('--since <time>', 'how long ago (30m, 2h, 7d), or a time')
    .option('--limit <count>', 'default: 50')
    .option(...configFlag)
    .action((flags: TracesFlags) => tracesCommand(flags))
  program
    .command('trace <id>')
    .description('draw the waterfall of one call, or write it as a test case')
    .option('--save-test [file]', 'write the test case (default: a new file in holdfast-cases)')
    .option(...configFlag)
    .action((id: string, flags: TraceFlags) => traceCommand(id, flags))
  program
    .command('replay <id>')
    .description('run a recorded call again, and show what differs')
    .option('--model <model>', 'primary, fallback, or the id of a model (default: as configured)')
    .option('--json', 'print the comparison as JSON, and nothing else')
    .option(...configFlag)
    .action((id: string, flags: ReplayFlags) => replayCommand(id, flags))
  program
    .command('drill [pipeline]')
    .description(
      'put faults between a pipeline and its models; exit code 1 if an answer was silent, wrong or late',
    )
    .option('--scenario <name>', 'only this one (default: all)')
    .option('--requests <count>', 'of each scenario (default: 200)')
    .option('--seed <number>', 'the same seed gives the same faults (default: 1)')
    .option(
      '--real-time',
      'by the clock of the machine, for pipelines that wait for other services',
    )
    .option('--json', 'print the reports as JSON, and nothing else')
    .option('--list', 'name the faults')
    .option(...configFlag)
    .action((pipeline: string | undefined, flags: DrillFlags) => drillCommand(pipeline, flags))
  program
    .command('check')
    .description('ask each model the saved cases, and compare with the runs before')
    .option('--cases <folder>', 'default: holdfast-cases')
    .option('--json', 'print the comparison as JSON, and nothing else')
    .option(...configFlag)
    .action((flags: CheckFlags) => checkCommand(flags))
  return program
}

function addJobsCommands(jobs: Command): void {
  jobs
    .command('list', { isDefault: true })
    .description('list them, newest first')
    .option('--state <state>', 'waiting, active, completed, failed or cancelled')
    .option('--pipeline <name>', 'only of this pipeline')
    .option('--limit <count>', 'default: 50')
    .option(...configFlag)
    .action((flags: ListJobsFlags) => listJobsCommand(flags))
  jobs
    .command('show <id>')
    .description('show one, with its input and why it failed')
    .option('--json', 'print it as JSON, and nothing else')
    .option(...configFlag)
    .action((id: string, flags: ShowJobFlags) => showJobCommand(id, flags))
  jobs
    .command('retry [id]')
    .description('have a failed one made again, or all of them')
    .option('--failed', 'all that failed')
    .option('--pipeline <name>', 'of all, only those of this pipeline')
    .option(...configFlag)
    .action((id: string | undefined, flags: RetryJobsFlags) => retryJobsCommand(id, flags))
}
