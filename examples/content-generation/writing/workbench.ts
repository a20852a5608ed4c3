import type { StepContext } from 'holdfast'
import type { z } from 'zod'
import type { Order } from './article.ts'
import type { Plan } from './outline.ts'
import { system } from './prompts.ts'
import type { Done, Work } from './work.ts'

/** How the desk and the writing talk while an article is made. */
export interface DeskLine {
  /** Whether an editor wants nothing new to be begun. */
  isPaused(order: Order): boolean
  /** Tells what the article will consist of, as soon as that is known. */
  planned(order: Order, plan: Plan): void
  stepDone(order: Order, step: string, done: Done): void
}

/** Thrown in place of beginning a step of an article that is paused. */
export class Paused extends Error {}

type Value = Done['value']

interface Task<Result> {
  readonly step: string
  readonly prompt: string
  readonly maxOutputTokens: number
  /** What stands in when no model answers, for that reason. */
  canned(reason: string): Result
}

export interface Workbench {
  readonly order: Order
  /** The steps that are done so far. */
  readonly work: Work
  /** Has a text written, for all to see while it grows. */
  write(task: Task<string>): Promise<string>
  /** Has a form filled in. */
  fill<Result extends Value>(
    task: Task<Result> & { readonly form: z.ZodType<Result> },
  ): Promise<Result>
  /** Why no model did the step; null where one did. */
  missed(step: string): string | null
}

/** A workbench for one order. Each step is one question, asked once and accounted for. */
export function openWorkbench(context: StepContext<Order>, desk: DeskLine): Workbench {
  const { input: order, step, answer } = context
  const work: Work = {}

  async function perform(task: Task<Value>, form: z.ZodType<Value> | 'text'): Promise<Value> {
    const kept = order.keep[task.step]
    if (!kept && desk.isPaused(order)) throw new Paused(task.step)
    const done: Done = kept
      ? { ...kept, kept: true }
      : await step(task.step, async () => {
          const { prompt: user, maxOutputTokens } = task
          const question = { system, user, maxOutputTokens, show: form === 'text' }
          const answered =
            form === 'text'
              ? await answer({
                  ...question,
                  output: form,
                  canned: ({ code }) => `${task.canned(code)}`,
                })
              : await answer({ ...question, output: form, canned: ({ code }) => task.canned(code) })
          return toDone(answered)
        })
    work[task.step] = done
    desk.stepDone(order, task.step, done)
    return done.value
  }

  return {
    order,
    work,
    write: async (task) => `${await perform(task, 'text')}`,
    fill: async (task) => task.form.parse(await perform(task, task.form)),
    missed: (name) => (work[name]?.by === 'canned' ? work[name].reason : null),
  }
}

type Answered = Awaited<ReturnType<StepContext<Order>['answer']>>

function toDone(answered: Answered): Done {
  const { value, source, costUsd = 0, usage } = answered
  return {
    value: value as Value,
    by: source,
    reason: source === 'primary' ? null : answered.reason.code,
    cost: { usd: costUsd, tokens: usage.inputTokens + usage.outputTokens },
    kept: false,
  }
}
