/** What visitors usually ask next, by a short name: as the model names it, as the page shows it. */
export const topics = {
  fees: 'What do you charge for an exchange?',
  limits: 'How much may I exchange in a day?',
  verification: 'How do I verify my identity?',
  duration: 'How long does an exchange take?',
  security: 'How is my money kept safe?',
  payment: 'How can I pay in?',
  person: 'Can I talk to a person?',
} as const

export type Topic = keyof typeof topics

export const topicNames = Object.keys(topics) as [Topic, ...Topic[]]

/** The topic that a message is about word for word, as when it was chosen on the page. */
export function topicOf(message: string): Topic | undefined {
  return topicNames.find((name) => topics[name] === message)
}
