/**
 * Measures how much of what a question needs is in the context: the share of the evidence turns that
 * stand in it verbatim, by budget and by category, for `buildContext` and for what else is in use.
 *
 * Usage: [LOCOMO_PATH=path/to/locomo.json] node bench/recall.ts
 *
 * A budget is what the memory of the conversation may take, in tokens of o200k: the turns that are
 * shown, those that were recalled, the dates and the frames of the messages. The question itself and
 * the reserve for the answer come on top. Each question is asked at the end of its conversation. All
 * times are CPU times of one context.
 */
import { buildContext } from '../src/context/build-context.ts'
import { countMessage, countTokens, loadTokenizer } from '../src/context/count-tokens.ts'
import type { ContextEpoch } from '../src/context/epoch.ts'
import { createRecallIndex, type RecallIndex } from '../src/context/recall-index.ts'
import { countRecalled, spokenText } from '../src/context/recalled-text.ts'
import { overheadOf, requestOverhead } from '../src/context/request-overhead.ts'
import { sumTokens } from '../src/context/token-count.ts'
import type { Memory, Turn } from '../src/model/conversation.ts'
import type { Message } from '../src/model/message.ts'
import {
  generateCorpus,
  type RecallConversation,
  type RecallCorpus,
  type RecallQuestion,
  readLocomo,
} from './recall-corpus.ts'

/** What of a conversation gets into a context of `budget` tokens for a question, as text. */
type Strategy = (question: string, budget: number) => string | Promise<string>

interface Prepared {
  readonly turns: readonly Turn[]
  readonly memory: Memory
  readonly index: RecallIndex
}

interface Peer {
  readonly name: string
  readonly prepare: (prepared: Prepared) => Strategy
}

const budgets = [1_000, 2_000, 4_000, 8_000]
/** The share that peers without a window of their own are given for the newest turns. */
const recentShare = 0.2

await loadTokenizer()
const path = process.env.LOCOMO_PATH
const corpus = path ? readLocomo(path) : generateCorpus()
const peers = [
  { name: 'Holdfast', prepare: holdfast },
  { name: 'Holdfast, inside an epoch', prepare: holdfastInEpoch },
  { name: 'last turns that fit', prepare: lastTurns },
  ...(await loadPeers()),
]
await report(corpus, peers)

function holdfast({ memory, index }: Prepared): Strategy {
  return (question, budget) => {
    const user: Message = { role: 'user', content: question }
    const tokenBudget = budget + sumTokens(countMessage(user)) + overheadOf(user) + requestOverhead
    const context = buildContext(memory, tokenBudget, {
      user: [user],
      reserve: 0,
      recall: index.search,
    })
    return textOf(context.messages.slice(0, -1))
  }
}

/** The same in the middle of a conversation whose last messages asked nothing of the past. */
function holdfastInEpoch({ turns, memory, index }: Prepared): Strategy {
  const epochs = new Map<number, ContextEpoch>()
  const epochAt = (budget: number): ContextEpoch | undefined => {
    let epoch: ContextEpoch | undefined
    for (let count = turns.length - 10; count <= turns.length; count += 2) {
      const before = { ...memory, recentTurns: turns.slice(0, count), totalTurns: count }
      const user: Message[] = [{ role: 'user', content: 'Good, and thank you.' }]
      epoch = buildContext(before, budget, {
        user,
        reserve: 0,
        recall: index.search,
        ...(epoch && { epoch }),
      }).epoch
    }
    return epoch
  }
  return (question, budget) => {
    const epoch = epochs.get(budget) ?? epochAt(budget)
    if (epoch) epochs.set(budget, epoch)
    const user: Message = { role: 'user', content: question }
    const tokenBudget = budget + sumTokens(countMessage(user)) + overheadOf(user) + requestOverhead
    const options = { user: [user], reserve: 0, recall: index.search, ...(epoch && { epoch }) }
    return textOf(buildContext(memory, tokenBudget, options).messages.slice(0, -1))
  }
}

function lastTurns({ turns }: Prepared): Strategy {
  return (_question, budget) => textOf(newest(turns, budget).map((turn) => turn.message))
}

function newest(turns: readonly Turn[], budget: number): Turn[] {
  let left = budget
  const start = turns.findLastIndex((turn) => {
    left -= sumTokens(turn.tokens) + overheadOf(turn.message)
    return left < 0
  })
  return turns.slice(start + 1)
}

/** What else can be measured: each is imported where it is installed. */
async function loadPeers(): Promise<Peer[]> {
  const loaded = await Promise.all([
    load('@langchain/core/messages', 'LangChain trimMessages', langchain),
    load('minisearch', 'MiniSearch with its defaults', minisearch),
  ])
  return loaded.filter((peer) => peer !== undefined)
}

async function load(
  name: string,
  title: string,
  make: (module: never) => Peer['prepare'],
): Promise<Peer | undefined> {
  try {
    return { name: title, prepare: make((await import(name)) as never) }
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_MODULE_NOT_FOUND') throw error
    console.log(
      `${title}: not installed (npm install --save-dev ${name.replace(/\/messages$/, '')})`,
    )
    return undefined
  }
}

interface LangchainMessages {
  readonly HumanMessage: new (content: string) => { readonly content: string }
  readonly AIMessage: new (content: string) => { readonly content: string }
  trimMessages(
    messages: readonly unknown[],
    options: {
      readonly maxTokens: number
      readonly strategy: 'last'
      readonly tokenCounter: (messages: readonly { readonly content: string }[]) => number
    },
  ): Promise<readonly { readonly content: string }[]>
}

/** It does not look at the question, so that one trim for each budget serves them all. */
function langchain(module: LangchainMessages): Peer['prepare'] {
  return ({ turns }) => {
    const said = turns.map(({ message }) =>
      message.role === 'user'
        ? new module.HumanMessage(message.content)
        : new module.AIMessage(spokenText(message)),
    )
    const counts = new Map(
      said.map(({ content }) => [content, sumTokens(countTokens(content)) + 4]),
    )
    const trimmed = new Map<number, Promise<string>>()
    const trim = async (maxTokens: number) => {
      const kept = await module.trimMessages(said, {
        maxTokens,
        strategy: 'last',
        tokenCounter: (messages) =>
          messages.reduce((sum, { content }) => sum + (counts.get(content) ?? 0), 0),
      })
      return kept.map(({ content }) => content).join('\n')
    }
    return (_question, budget) => {
      const known = trimmed.get(budget) ?? trim(budget)
      trimmed.set(budget, known)
      return known
    }
  }
}

interface MiniSearchModule {
  readonly default: new (options: {
    readonly fields: readonly string[]
  }) => {
    addAll(documents: readonly { readonly id: number; readonly text: string }[]): void
    search(query: string): readonly { readonly id: number }[]
  }
}

/** The best turns in the same form as ours, after the newest have had their share. */
function minisearch({ default: MiniSearch }: MiniSearchModule): Peer['prepare'] {
  return ({ turns }) => {
    const index = new MiniSearch({ fields: ['text'] })
    index.addAll(turns.map((turn, id) => ({ id, text: spokenText(turn.message) })))
    return (question, budget) => {
      const recent = newest(turns, recentShare * budget)
      const chosen: Turn[] = []
      let left = (1 - recentShare) * budget
      for (const { id } of index.search(question)) {
        const turn = turns[id]
        if (!turn || recent.includes(turn)) continue
        const cost = sumTokens(turn.tokens) + 4
        if (cost > left) continue
        left -= cost
        chosen.push(turn)
      }
      while (sumTokens(countRecalled(chosen)) > (1 - recentShare) * budget) chosen.pop()
      return textOf([...chosen, ...recent].map((turn) => turn.message))
    }
  }
}

function textOf(messages: readonly Message[]): string {
  return messages.map(spokenText).join('\n')
}

async function report({ name, conversations }: RecallCorpus, strategies: readonly Peer[]) {
  const prepared = conversations.map((conversation) => ({
    conversation,
    ready: prepare(conversation),
  }))
  const questions = conversations.reduce((sum, each) => sum + each.questions.length, 0)
  console.log(`\n${name}, ${questions} questions. Evidence turns verbatim in the context, %:\n`)
  console.log(row(['', ...budgets.map((budget) => `${budget}`), 'CPU ms']))
  const byCategory = new Map<string, string[]>()
  for (const peer of strategies) {
    const started = process.cpuUsage()
    const shares = await sharesOf(peer, prepared)
    const { user, system } = process.cpuUsage(started)
    const cpuMs = (user + system) / 1_000 / questions / budgets.length
    console.log(row([peer.name, ...(shares.get('all') ?? []).map(percent), cpuMs.toFixed(2)]))
    for (const [category, values] of shares) {
      const lines = byCategory.get(category) ?? []
      byCategory.set(category, [...lines, row([`  ${peer.name}`, ...values.map(percent)])])
    }
  }
  byCategory.delete('all')
  for (const category of [...byCategory.keys()].toSorted()) {
    console.log(`\n${category}`)
    for (const line of byCategory.get(category) ?? []) console.log(line)
  }
}

/** Per category, and for all, the share of evidence found of each question, by budget. */
async function sharesOf(
  peer: Peer,
  prepared: readonly { readonly conversation: RecallConversation; readonly ready: Prepared }[],
): Promise<Map<string, number[][]>> {
  const shares = new Map<string, number[][]>()
  for (const { conversation, ready } of prepared) {
    const strategy = peer.prepare(ready)
    for (const question of conversation.questions) {
      for (const [at, budget] of budgets.entries()) {
        const found = foundIn(await strategy(question.text, budget), question, ready)
        for (const key of ['all', question.category]) {
          const kept = shares.get(key) ?? budgets.map((): number[] => [])
          shares.set(key, kept)
          kept[at]?.push(found)
        }
      }
    }
  }
  return shares
}

function prepare(conversation: RecallConversation): Prepared {
  const turns = conversation.turns.map(({ message, createdAtMs }, at) => ({
    seq: at + 1,
    message,
    createdAtMs,
    tokens: countMessage(message),
  }))
  const index = createRecallIndex()
  for (const turn of turns) index.add(turn)
  const memory: Memory = {
    conversationId: 'bench',
    recentTurns: turns,
    historySummary: undefined,
    pins: [],
    workingState: { value: {}, version: 0 },
    totalTurns: turns.length,
  }
  return { turns, memory, index }
}

/** The share of a question's evidence that stands in the text as it was said. */
function foundIn(text: string, question: RecallQuestion, { turns }: Prepared): number {
  const found = question.evidence.filter((place) => {
    const turn = turns[place]
    return turn !== undefined && text.includes(spokenText(turn.message))
  })
  return found.length / question.evidence.length
}

function percent(shares: readonly number[]): string {
  return ((100 * shares.reduce((sum, share) => sum + share, 0)) / shares.length).toFixed(1)
}

function row([first = '', ...cells]: readonly string[]): string {
  return first.padEnd(32) + cells.map((cell) => cell.padStart(9)).join('')
}
