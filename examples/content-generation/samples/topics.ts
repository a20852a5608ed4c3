/** Made-up facts of made-up places and things, so that nothing in an article can be known from elsewhere. */
export interface Topic {
  readonly topic: string
  readonly facts: readonly string[]
  readonly forbidden: readonly string[]
}

export const topics: readonly Topic[] = [
  {
    topic: 'cargo bikes for deliveries',
    facts: [
      'Charging takes four hours',
      'A bike carries up to 180 kg',
      'The city pays 1,200 euros towards each bike',
      'Parking is free in the old town',
    ],
    forbidden: ['cheapest', 'faster than any car'],
  },
  {
    topic: 'the new tram line to Harbour Point',
    facts: [
      'The line opens on 3 May',
      'A ride lasts 22 minutes',
      'Trams run every 7 minutes',
      'Bicycles travel free after 19:00',
    ],
    forbidden: ['world class', 'subway'],
  },
  {
    topic: 'heat pumps in terraced houses',
    facts: [
      'Installation takes three days',
      'The outdoor unit needs 60 cm of clearance',
      'A service visit costs 140 euros',
      'Noise stays below 42 decibels at night',
    ],
    forbidden: ['guaranteed savings', 'no maintenance'],
  },
  {
    topic: 'the municipal library card',
    facts: [
      'The card costs nothing for residents',
      'Books may be kept for 28 days',
      'Every card includes 300 online magazines',
      'Lost cards are replaced within 2 days',
    ],
    forbidden: ['late fees', 'members only'],
  },
  {
    topic: 'night trains to the coast',
    facts: [
      'The train leaves at 21:40',
      'A bed costs 79 euros',
      'Breakfast is served from 6:00',
      'Dogs travel in the last carriage',
    ],
    forbidden: ['luxury', 'first class'],
  },
  {
    topic: 'rooftop gardens',
    facts: [
      'A square metre of wet soil weighs 120 kg',
      'Watering takes 15 minutes a day',
      'Tomatoes need six hours of sun',
      'The building office approves plans within 3 weeks',
    ],
    forbidden: ['maintenance free', 'any roof'],
  },
  {
    topic: 'the repair café in Mill Street',
    facts: [
      'The café opens every second Saturday',
      'Volunteers repaired 412 devices last year',
      'Spare parts are paid by the visitor',
      'Batteries are not repaired',
    ],
    forbidden: ['free of charge', 'warranty'],
  },
  {
    topic: 'electronic invoices for small firms',
    facts: [
      'Paper invoices end on 1 January 2028',
      'An invoice needs a buyer reference',
      'Files are kept for 8 years',
      'The state portal is open around the clock',
    ],
    forbidden: ['tax advice', 'loophole'],
  },
  {
    topic: 'swimming lessons for adults',
    facts: [
      'A course has 10 lessons',
      'Groups have at most 6 people',
      'The water has 29 degrees',
      'Goggles are lent at the desk',
    ],
    forbidden: ['lose weight', 'in one day'],
  },
  {
    topic: 'shared kitchens for caterers',
    facts: [
      'A shift lasts 6 hours',
      'The cold store holds 40 crates',
      'Cleaning is included in the rent',
      'Inspectors visit twice a year',
    ],
    forbidden: ['Michelin', 'unlimited'],
  },
  {
    topic: 'the river ferry timetable',
    facts: [
      'The first ferry leaves at 5:50',
      'A crossing takes 9 minutes',
      'Tickets are valid for 90 minutes',
      'The ferry does not run in ice',
    ],
    forbidden: ['cruise', 'champagne'],
  },
  {
    topic: 'solar panels on balconies',
    facts: [
      'A set weighs 23 kg',
      'Registration takes 10 minutes online',
      'The socket has to be earthed',
      'A panel lasts about 25 years',
    ],
    forbidden: ['free electricity', 'get rich'],
  },
  {
    topic: 'the winter market in the castle yard',
    facts: [
      'The market opens on 27 November',
      'The yard has 64 stalls',
      'Cups carry a deposit of 3 euros',
      'Buses leave every 10 minutes',
    ],
    forbidden: ['biggest', 'traditional since 1500'],
  },
  {
    topic: 'language exchange evenings',
    facts: [
      'Evenings begin at 19:30',
      'Tables are marked with flags',
      'Partners change after 25 minutes',
      'Beginners sit near the window',
    ],
    forbidden: ['dating', 'fluent in a week'],
  },
  {
    topic: 'school lunches by subscription',
    facts: [
      'A meal costs 4.20 euros',
      'Orders close at 8:00',
      'Allergies are printed on the tray',
      'Unused meals are credited',
    ],
    forbidden: ['organic', 'gourmet'],
  },
  {
    topic: 'borrowing tools from the tool library',
    facts: [
      'A tool may be kept for 7 days',
      'The library holds 350 tools',
      'Saws require a short course',
      'A deposit of 50 euros is returned',
    ],
    forbidden: ['brand new', 'professional results'],
  },
  {
    topic: 'moving to paperless payslips',
    facts: [
      'Payslips arrive on the 25th',
      'Access needs two factors',
      'Old payslips stay for 10 years',
      'Paper copies cost 2 euros',
    ],
    forbidden: ['mandatory', 'spying'],
  },
  {
    topic: 'community composting',
    facts: [
      'The boxes open with a code',
      'Compost is ready after 9 months',
      'Cooked food attracts rats',
      'Each household takes home 20 litres',
    ],
    forbidden: ['odourless', 'miracle'],
  },
  {
    topic: 'guided walks through the fen',
    facts: [
      'A walk covers 6 km',
      'Boots are lent at the hut',
      'Cranes rest there in October',
      'Groups have at most 15 people',
    ],
    forbidden: ['untouched', 'wilderness'],
  },
  {
    topic: 'the office for found property',
    facts: [
      'Items are kept for 6 months',
      'Keys make up a third of all items',
      'The auction takes place in June',
      'Phones are handed to the police',
    ],
    forbidden: ['finders keepers', 'stolen goods'],
  },
]
