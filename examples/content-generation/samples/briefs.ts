import type { Brief } from '../writing/brief.ts'

/** A brief, and what has to be right in any article for it, whoever writes it. */
export interface SampleBrief {
  readonly brief: Brief
  readonly expected: {
    readonly sections: number
    /** Least and most. */
    readonly words: readonly [number, number]
    /** By the rehearsal model, which writes the same each time. */
    readonly title: string
  }
}

export const sampleBriefs: readonly SampleBrief[] = [
  {
    brief: {
      topic: 'cargo bikes for deliveries',
      audience: 'local shop owners',
      tone: 'friendly',
      words: 600,
      mustAppear: [
        'Charging takes four hours',
        'A bike carries up to 180 kg',
        'The city pays 1,200 euros towards each bike',
        'Parking is free in the old town',
      ],
      mustNotAppear: ['cheapest', 'A cargo bike is faster than any car'],
    },
    expected: {
      sections: 4,
      words: [450, 750],
      title: 'Cargo bikes for deliveries: a guide for local shop owners',
    },
  },
  {
    brief: {
      topic: 'the river ferry timetable',
      audience: 'commuters',
      tone: 'plain',
      words: 300,
      mustAppear: ['The first ferry leaves at 5:50', 'A crossing takes 9 minutes'],
      mustNotAppear: ['cruise'],
    },
    expected: {
      sections: 2,
      words: [225, 375],
      title: 'The river ferry timetable: a guide for commuters',
    },
  },
  {
    brief: {
      topic: 'electronic invoices for small firms',
      audience: 'bookkeepers',
      tone: 'formal',
      words: 1_000,
      mustAppear: [
        'Paper invoices end on 1 January 2028',
        'An invoice needs a buyer reference',
        'Files are kept for 8 years',
        'The state portal is open around the clock',
        'Credit notes follow the same rules',
      ],
      mustNotAppear: ['tax advice', 'loophole'],
    },
    expected: {
      sections: 7,
      words: [750, 1_250],
      title: 'Electronic invoices for small firms: a guide for bookkeepers',
    },
  },
]
