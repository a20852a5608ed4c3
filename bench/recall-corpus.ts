/**
 * Conversations with questions and the turns that answer them: LoCoMo where its file is at hand
 * (its licence keeps it out of the repository), else conversations made up from a seed.
 */
import { readFileSync } from 'node:fs'
import type { Message } from '../src/model/message.ts'

export interface RecallCorpus {
  readonly name: string
  readonly conversations: readonly RecallConversation[]
}

export interface RecallConversation {
  readonly turns: readonly { readonly message: Message; readonly createdAtMs: number }[]
  readonly questions: readonly RecallQuestion[]
}

export interface RecallQuestion {
  readonly text: string
  readonly category: string
  /** Places of the turns that hold the answer. */
  readonly evidence: readonly number[]
}

interface LocomoFile {
  readonly conversation: Readonly<Record<string, string | readonly LocomoTurn[]>>
  readonly qa: readonly {
    readonly question: string
    readonly evidence?: readonly string[]
    readonly category: number
  }[]
}

interface LocomoTurn {
  readonly speaker: string
  readonly dia_id: string
  readonly text: string
  readonly blip_caption?: string
}

const categories = ['', 'multi-hop', 'temporal', 'open-domain', 'single-hop', 'adversarial']
const halfMinuteMs = 30_000

/** Reads LoCoMo as published: two people, one user and one assistant here, with their names. */
export function readLocomo(path: string): RecallCorpus {
  const files = JSON.parse(readFileSync(path, 'utf8')) as readonly LocomoFile[]
  return { name: `LoCoMo, ${files.length} conversations`, conversations: files.map(fromLocomo) }
}

function fromLocomo({ conversation, qa }: LocomoFile): RecallConversation {
  const turns: { message: Message; createdAtMs: number }[] = []
  const places = new Map<string, number>()
  for (let session = 1; Array.isArray(conversation[`session_${session}`]); session++) {
    const startMs = parseTime(String(conversation[`session_${session}_date_time`]))
    const said = conversation[`session_${session}`] as readonly LocomoTurn[]
    said.forEach(({ speaker, dia_id, text, blip_caption }, at) => {
      const photo = blip_caption ? ` [photo: ${blip_caption}]` : ''
      const content = `${speaker}: ${text.replace(/\s+/g, ' ').trim()}${photo}`
      const role = speaker === conversation.speaker_a ? 'user' : 'assistant'
      places.set(dia_id, turns.length)
      turns.push({ message: { role, content }, createdAtMs: startMs + at * halfMinuteMs })
    })
  }
  // Some lists of ids are run together in one string, and a few ids point nowhere.
  const questions = qa.map(({ question, evidence, category }) => ({
    text: question,
    category: categories[category] ?? String(category),
    evidence: [...new Set((evidence ?? []).flatMap((ids) => ids.match(/D\d+:\d+/g) ?? []))]
      .map((id) => places.get(id))
      .filter((place) => place !== undefined),
  }))
  return { turns, questions: questions.filter((question) => question.evidence.length > 0) }
}

/** `1:56 pm on 8 May, 2023`. */
function parseTime(text: string): number {
  const [, hour, minute, half, day, month, year] =
    /(\d+):(\d+) (am|pm) on (\d+) (\w+), (\d+)/.exec(text) ?? []
  const time = `${(Number(hour) % 12) + (half === 'pm' ? 12 : 0)}:${minute}`
  return Date.parse(`${day} ${month} ${year} ${time} UTC`)
}

/** A generator of numbers from 0 to below 1 (mulberry32, public domain). */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

type Pick = <T>(list: readonly T[]) => T

const people = ['Ilse', 'Marek', 'Noor', 'Tomas', 'Greta', 'Yusuf', 'Lena', 'Oskar']
const things = ['drill', 'lawnmower', 'telescope', 'sewing machine', 'canoe', 'typewriter', 'tent']
const places = ['cellar', 'garage', 'attic', 'garden shed', 'office', 'boat house']
const towns = ['Porto', 'Graz', 'Leeds', 'Turku', 'Split', 'Ghent', 'Bergen', 'Lucca', 'Pilsen']
const dishes = ['lentil soup', 'apple pie', 'fish stew', 'plum dumplings', 'rye bread', 'paella']
const smallTalk = [
  'That sounds good to me.',
  'I had a long day and the train was late again.',
  'The weather has been so changeable lately.',
  'Do you think it will take long?',
  'Thanks, I will have a look at it in the evening.',
  'My neighbour keeps playing the radio far too loud.',
  'Let me know if you need anything else.',
  'We walked along the river and watched the boats go by.',
  'I could not sleep well, but the coffee helps.',
  'Has anything new come in since this morning?',
  'The list is getting shorter, slowly but surely.',
  'I put the kettle on and read the paper for a while.',
  '今天有点忙，晚上再说吧。',
  'Ich schaue es mir morgen in Ruhe an.',
]

/** A fact as it is told, and what may be asked about it later. */
interface Planted {
  readonly told: readonly Message[]
  /** Which of the messages hold the answer. */
  readonly answers: readonly number[]
  readonly question: (day: string) => string
  readonly category: string
}

const user = (content: string): Message => ({ role: 'user', content })
const assistant = (content: string): Message => ({ role: 'assistant', content })

const facts: readonly ((pick: Pick, number: number) => Planted)[] = [
  (pick) => {
    const [person, thing, place] = [pick(people), pick(things), pick(places)]
    const told = [user(`I lent my ${thing} to ${person}, it used to stand in the ${place}.`)]
    return {
      told,
      answers: [0],
      question: () => `Who has borrowed the ${thing}?`,
      category: 'single',
    }
  },
  (pick, number) => {
    const person = pick(people)
    const told = [user(`${person}'s customer number is ${number}, please keep it.`)]
    return {
      told,
      answers: [0],
      question: () => `What is the customer number of ${person}?`,
      category: 'single',
    }
  },
  (pick) => {
    const [person, time] = [pick(people), pick(['at nine', 'at noon', 'after four', 'at dusk'])]
    const told = [
      assistant(`When shall I tell ${person} that the delivery comes?`),
      user(`Best ${time}, please.`),
    ]
    return {
      told,
      answers: [1],
      question: () => `When does ${person}'s delivery come?`,
      category: 'answer to a question',
    }
  },
  (pick) => {
    const [person, thing] = [pick(people), pick(things)]
    const told = [user(`${person} fixed the old ${thing} today, what a relief.`)]
    return {
      told,
      answers: [0],
      question: (day) => `What did ${person} repair on ${day}?`,
      category: 'date',
    }
  },
  (pick) => {
    const [person, thing] = [pick(people), pick(things)]
    const told = [user(`${person} 把${thing}放在桥边的仓库里了。`)]
    return {
      told,
      answers: [0],
      question: () => `${person}的${thing}放在哪个仓库？`,
      category: 'Chinese',
    }
  },
  (pick) => {
    const [person, thing] = [pick(people), pick(things)]
    const told = [user(`${person} möchte den Kaufpreis für ${thing} in drei Raten überweisen.`)]
    return {
      told,
      answers: [0],
      question: () => `In wie vielen Raten überweist ${person} den Kaufpreis für ${thing}?`,
      category: 'German',
    }
  },
  (pick, number) => {
    const thing = pick(things)
    const call = { id: `c${number}`, name: 'stock', arguments: JSON.stringify({ item: thing }) }
    const told: Message[] = [
      user(`How many of the ${thing} are there?`),
      { role: 'assistant', content: '', toolCalls: [call] },
      {
        role: 'tool',
        toolCallId: call.id,
        toolName: 'stock',
        content: `{"item":"${thing}","count":${number % 90}}`,
      },
    ]
    return {
      told,
      answers: [2],
      question: () => `What count did the stock of ${thing} have?`,
      category: 'tool result',
    }
  },
]

/** Three conversations of some 600 turns over half a year, with facts planted and asked for. */
export function generateCorpus(seed = 20_261_124): RecallCorpus {
  const conversations = [0, 1, 2].map((part) => generateConversation(createRandom(seed + part)))
  return { name: 'generated, 3 conversations', conversations }
}

function generateConversation(random: () => number): RecallConversation {
  const pick: Pick = (list) => list[Math.floor(random() * list.length)] as (typeof list)[number]
  const turns: { message: Message; createdAtMs: number }[] = []
  const questions: RecallQuestion[] = []
  const visited: number[] = []
  const cooked: number[] = []
  for (let day = 0; day < 90; day++) {
    const startMs = Date.UTC(2026, 0, 3 + day * 2, 9)
    const say = (message: Message) =>
      turns.push({ message, createdAtMs: startMs + (turns.length % 60) * halfMinuteMs }) - 1
    const chat = () => {
      for (let line = 0; line < 3; line++)
        say(line % 2 ? assistant(pick(smallTalk)) : user(pick(smallTalk)))
    }
    chat()
    if (random() < 0.25)
      visited.push(say(user(`I spent the weekend in ${pick(towns)}, it was lovely.`)))
    if (random() < 0.2)
      cooked.push(say(user(`Yesterday I made ${pick(dishes)} for the whole house.`)))
    const planted = pick(facts)(pick, 1_000 + Math.floor(random() * 9_000))
    const at = turns.length
    for (const message of planted.told) say(message)
    chat()
    const date = new Date(startMs).toLocaleDateString('en-GB', {
      day: 'numeric',
      month: 'long',
      year: 'numeric',
      timeZone: 'UTC',
    })
    questions.push({
      text: planted.question(date),
      category: planted.category,
      evidence: planted.answers.map((answer) => at + answer),
    })
  }
  questions.push({ text: 'Which cities have I been to?', category: 'many', evidence: visited })
  questions.push({ text: 'What food have I cooked?', category: 'many', evidence: cooked })
  return { turns, questions: newestOfEach(questions) }
}

/** Where the same is asked twice, the later telling is the one that holds. */
function newestOfEach(questions: readonly RecallQuestion[]): RecallQuestion[] {
  return [...new Map(questions.map((question) => [question.text, question])).values()]
}

/** Talk between a user and an assistant, of `count` turns; every ninth message of the user asks back. */
export function longConversation(count: number, seed = 7): Message[] {
  const random = createRandom(seed)
  const pick: Pick = (list) => list[Math.floor(random() * list.length)] as (typeof list)[number]
  const messages: Message[] = []
  while (messages.length < count) {
    const { told, question } = pick(facts)(pick, 1_000 + messages.length)
    const asks = random() < 0.11
    const content = asks ? question('the day before') : `${told[0]?.content} ${pick(smallTalk)}`
    messages.push(user(content), assistant([1, 2, 3].map(() => pick(smallTalk)).join(' ')))
  }
  return messages.slice(0, count)
}
