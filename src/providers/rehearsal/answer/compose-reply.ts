import { pick } from './choice.ts'
import { answerFrom } from './compose-text.ts'
import { currencyName } from './money.ts'
import { lengthInWords, type Reading, type Topic } from './reading.ts'
import { keywordsOf, listOf, sentencesOf, shorten } from './text.ts'

/**
 * Two or three sentences to the user that take up what the user said: amounts, currencies, time. They
 * state nothing that is not in the prompt; what the rules cannot know is said to be unknown.
 */
export function composeReply(reading: Reading, seed: number): string {
  const sentences = {
    exchange: exchangeReply,
    support: supportReply,
    inquiry: inquiryReply,
    other: otherReply,
  }[reading.topic](reading, seed)
  return sentences.filter((sentence) => sentence !== '').join(' ')
}

/** A question that would help most to go on. */
export function composeQuestion(reading: Reading): string {
  return composeQuestions(reading)[0] ?? 'What would you like to do next?'
}

/** Questions that would help to go on, the most useful first; none about what has been said. */
export function composeQuestions({ topic, amount, from, to, when }: Reading): string[] {
  const questions: Readonly<Record<Topic, readonly (string | false)[]>> = {
    exchange: [
      !amount && 'How much would you like to exchange?',
      (!from || !to) && 'Which currencies would you like to exchange?',
      !when && 'Do you need it by a certain time?',
      'Shall we go on to the exchange page?',
      'How would you like to pay?',
    ],
    support: [
      'When did this happen first?',
      'Did you see an error message?',
      'Which device or browser do you use?',
    ],
    inquiry: ['What would you like to do next?', 'Would you like to see the help page?'],
    other: ['What would you like to do next?'],
  }
  return questions[topic].filter((question) => question !== false)
}

/** What the user wants to exchange, as far as it was said: `200 EUR for bitcoin`. */
export function exchangeOf({ amount, from, to }: Reading): string {
  const what = amount?.text ?? (from ? currencyName(from) : '')
  return to && to !== amount?.currency ? `${what} for ${currencyName(to)}`.trim() : what
}

function exchangeReply(reading: Reading, seed: number): string[] {
  const { message, when, earlier, amount } = reading
  const exchange = exchangeOf(reading)
  const time = when ? ` ${when}` : ''
  const remembered =
    amount !== undefined && !message.includes(String(amount.value)) && earlier.length > 0
  const opening = remembered
    ? `Earlier you spoke of ${amount.text}, so I take it that you would like to exchange ${exchange}${time}.`
    : `You would like to exchange ${exchange || 'one currency for another'}${time}.`
  const next = pick(
    [
      'The exchange page shows the rate and the fee for exactly this before you confirm anything.',
      'On the exchange page you see the current rate and the fee, and nothing is booked until you confirm.',
    ],
    seed,
    message,
  )
  const asked =
    reading.isQuestion && when
      ? `Whether it goes through ${when} is shown there too, since I cannot see it from here.`
      : composeQuestion(reading)
  return [opening, next, asked]
}

function supportReply(reading: Reading, seed: number): string[] {
  const { message, urgency } = reading
  const opening = pick(['I am sorry that you have trouble', 'Sorry for the trouble'], seed, message)
  const subject = subjectOf(message)
  return [
    `${opening}${subject ? ` with ${subject}` : ''}.`,
    urgency >= 0.8
      ? 'This is one for the support team, and it reads as urgent, so it should go to the front of the queue.'
      : 'This is one for the support team, who can look into your account.',
    'Please send nobody your password or codes. A word on when it began would help them.',
  ]
}

function inquiryReply(reading: Reading, seed: number): string[] {
  const { message, background } = reading
  const known = answerFrom(message, background)
  const topic = listOf(keywordsOf(message, 3))
  if (known !== undefined)
    return [pick(['Here is what I know of that:', 'On that:'], seed, message), known]
  return [
    `You are asking about ${topic || 'how this works'}.`,
    'I have no figures for that here, and I would rather not guess.',
    'The help page has the current ones; tell me what you would like to do, and I will take you to the right place.',
  ]
}

function otherReply(reading: Reading): string[] {
  const first = sentencesOf(reading.message)[0] ?? ''
  if (lengthInWords(first) < 4) return ['Hello, good to see you here.', composeQuestion(reading)]
  const known = answerFrom(reading.message, reading.background)
  return [
    `I read you: “${shorten(first, 140).replace(/[.!?]$/, '')}”.`,
    known ?? '',
    composeQuestion(reading),
  ]
}

/** What the trouble is with: the thing that the user calls theirs, or the word that says most. */
function subjectOf(message: string): string {
  const own = /\bmy ((?:\p{L}+ )?\p{L}+)/iu.exec(message)?.[1]
  if (own)
    return `your ${own.replace(/\s+(is|was|has|are|does|keeps|got|will|won|can|and|to)$/i, '')}`
  const [word] = keywordsOf(message, 1)
  return word ? `“${word}”` : ''
}
