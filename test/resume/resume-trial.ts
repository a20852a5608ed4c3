/**
 * The proof that no token is lost or doubled: answers are made by one process and followed through
 * another, while connections are cut at random and both processes are killed with `kill -9`. Every client
 * counts what it gets, number by number and word by word.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../scripts/free-port.ts'
import { sleep, systemClock } from '../../src/base/clock.ts'
import { type AnswerView, assemble, createLiveClient } from '../../src/client/index.ts'
import { separate } from '../../src/live/merge-entries.ts'
import type { SequencedEvent } from '../../src/store/event-store.ts'
import { seededRandom } from '../../src/testing/seeded-random.ts'
import { createCuttable } from './cuttable.ts'
import { startKillable } from './killable.ts'
import { storyOf } from './story.ts'

export interface ResumeTrial {
  readonly seed: number
  /** Where the events are: a connection string of Redis; left out: SQLite. */
  readonly events?: string
  readonly answers: number
  readonly tokensEach: number
  /** Milliseconds between two tokens of an answer. */
  readonly chunkMs: number
  readonly serverKills: number
  readonly workerKills: number
  /** Milliseconds between two cuts of a connection, on average. */
  readonly cutEveryMs: number
}

export interface ResumeResult {
  /** Tokens in the answers, each of which was to be followed from its start to its end. */
  readonly tokens: number
  readonly lost: number
  readonly doubled: number
  /** Answers whose text or value was not what the model said, each in a word. */
  readonly wrong: readonly string[]
  readonly cuts: number
  readonly serverKills: number
  readonly workerKills: number
  /** Runs above the first: answers that a killed worker had at work. */
  readonly runsAgain: number
  readonly tookMs: number
}

/** A clock that makes the client's waits short. */
const hurried = {
  setTimer: (delayMs: number, callback: () => void) => systemClock.setTimer(delayMs / 10, callback),
}

export async function runResumeTrial(trial: ResumeTrial): Promise<ResumeResult> {
  const data = mkdtempSync(join(tmpdir(), 'holdfast-resume-'))
  const startedAtMs = systemClock.now()
  const port = await freePort()
  const program = join(import.meta.dirname, 'process-main.ts')
  const start = (role: string) =>
    startKillable(
      [program, role, data, trial.events ?? '', port, trial.tokensEach, trial.chunkMs].map(String),
    )
  const [server, worker] = await Promise.all([start('server'), start('worker')])
  try {
    const random = seededRandom(trial.seed)
    const cuttable = createCuttable()
    const progress = { events: 0, over: 0 }
    const names = Array.from({ length: trial.answers }, (_, index) => `a${index}`)
    const url = `http://127.0.0.1:${port}`
    const followed = names.map(async (name, index) => {
      const answerId = await enqueue(url, name)
      const client = createLiveClient({
        url,
        // Half of them over server-sent events.
        WebSocket: index % 2 === 0 ? cuttable.WebSocket : null,
        fetch: cuttable.fetch,
        clock: hurried,
        random,
      })
      const events: SequencedEvent[] = []
      for await (const event of client.follow(answerId)) {
        events.push(event)
        progress.events += event.lengths?.length ?? 1
      }
      client.close()
      progress.over++
      return judge(events, storyOf(name, trial.tokensEach))
    })
    const done = () => progress.over === names.length
    const expected = trial.answers * trial.tokensEach
    /** Kills come evenly over the tokens. */
    const killing = async (victim: typeof server, kills: number) => {
      for (let kill = 1; kill <= kills && !done(); kill++) {
        while (progress.events < (expected * kill) / (kills + 1) && !done()) {
          await sleep(systemClock, 20)
        }
        await victim.restart()
      }
    }
    const cutting = async () => {
      while (!done()) {
        await sleep(systemClock, random() * 2 * trial.cutEveryMs)
        cuttable.cut(random)
      }
    }
    const [verdicts] = await Promise.all([
      Promise.all(followed),
      killing(server, trial.serverKills),
      killing(worker, trial.workerKills),
      cutting(),
    ])
    const sum = (pick: (verdict: Verdict) => number) =>
      verdicts.reduce((total, verdict) => total + pick(verdict), 0)
    return {
      tokens: expected,
      lost: sum(({ lost }) => lost),
      doubled: sum(({ doubled }) => doubled),
      wrong: verdicts.flatMap(({ wrong }) => wrong ?? []),
      cuts: cuttable.cuts,
      serverKills: server.kills,
      workerKills: worker.kills,
      runsAgain: sum(({ runsAgain }) => runsAgain),
      tookMs: systemClock.now() - startedAtMs,
    }
  } finally {
    await server.stop()
    await worker.stop()
    rmSync(data, { recursive: true, force: true })
  }
}

/** As a careful application does: with a key, again until it is accepted. */
async function enqueue(url: string, name: string): Promise<string> {
  for (;;) {
    try {
      const response = await fetch(`${url}/v1/pipelines/tell/answers`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': name },
        body: JSON.stringify({ input: { name } }),
      })
      if (response.ok) return ((await response.json()) as { id: string }).id
      await response.body?.cancel()
    } catch (error) {
      // The server has been killed, and comes back.
      if (!(error instanceof TypeError)) throw error
    }
    await sleep(systemClock, 50)
  }
}

interface Verdict {
  readonly lost: number
  readonly doubled: number
  readonly wrong: string | undefined
  readonly runsAgain: number
}

/** Compares what a client got with the numbers 1 to the last, and with what the model said. */
function judge(events: readonly SequencedEvent[], story: string): Verdict {
  const seqs = separate(events).map(({ seq }) => seq)
  const different = new Set(seqs)
  const view = assemble<string>(events.map(({ event }) => event as never))
  const lastSeq = seqs.at(-1) ?? 0
  return {
    lost: lastSeq - different.size + (lastSeq === 0 ? 1 : 0),
    doubled: seqs.length - different.size,
    wrong: wrongIn(view, story),
    runsAgain: view.run - 1,
  }
}

/** What is wrong with an answer; undefined for one that says what the model said. */
function wrongIn({ error, answer, text }: AnswerView<string>, story: string): string | undefined {
  if (error) return `${error.code}: ${error.message}`
  if (answer?.value !== story) return `The value is ${answer?.source}: ${answer?.value}`
  if (text === story) return undefined
  const at = [...story].findIndex((char, index) => char !== text[index])
  return `The text differs at ${at} of ${story.length}: ${text.slice(Math.max(0, at - 20), at + 20)}`
}
