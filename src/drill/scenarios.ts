import type { Scenario } from './scenario.ts'
import type { DrillSubject } from './subject.ts'

/** A provider that does not answer, in three ways that look different to a client. */
const dead = ['reset-before-headers', 'unavailable', 'blackhole'] as const

/** The drills that every pipeline should pass, in the order of the table. */
export const scenarios: readonly Scenario[] = [
  {
    name: 'random',
    about: '5 % of the calls to every model meet any fault that passes by itself',
    disturbances: [{ kind: 'faults', at: 'all', share: 0.05, faults: 'every' }],
  },
  {
    name: 'outage',
    about: 'the primary is dead for a third of the run: reset, 503 or no answer at all',
    disturbances: [
      { kind: 'faults', at: 'primary', from: 1 / 3, to: 2 / 3, share: 1, faults: dead },
    ],
  },
  {
    name: 'brownout',
    about: '80 % of the primary’s answers begin after 5 s, for 60 % of the run',
    disturbances: [
      {
        kind: 'faults',
        at: 'primary',
        from: 0.2,
        to: 0.8,
        share: 0.8,
        faults: [{ id: 'slow-first-token', delayMs: 5_000 }],
      },
    ],
  },
  {
    name: 'rate-limit-storm',
    about: 'the primary admits 15 calls a second in the middle half, and says when to come back',
    disturbances: [{ kind: 'limit', at: 'primary', from: 0.25, to: 0.75, callsPerSecond: 15 }],
  },
  {
    name: 'cut-streams',
    about: '10 % of the primary’s streams are cut, stalled or broken in the middle',
    streamShare: 1,
    disturbances: [
      {
        kind: 'faults',
        at: 'primary',
        share: 0.1,
        faults: [
          'stream-reset',
          'stream-hang-up',
          'stream-cut',
          'stall',
          'stall-pings',
          'error-event',
          'error-data',
          'error-choice',
        ],
      },
    ],
  },
  {
    name: 'both-down',
    about: 'no model answers for a fifth of the run',
    disturbances: [{ kind: 'faults', at: 'all', from: 0.4, to: 0.6, share: 1, faults: dead }],
  },
  {
    name: 'quality-drift',
    about: 'from the middle on the primary’s answers do not fit their schema any more',
    needsSchema: true,
    disturbances: [
      {
        kind: 'faults',
        at: 'primary',
        from: 0.5,
        share: 1,
        faults: ['schema-invalid', 'prose-instead-of-json'],
      },
    ],
  },
]

/** The scenarios that say something about a subject: what a schema would catch, a plain text cannot. */
export function scenariosFor({ output }: Pick<DrillSubject, 'output'>): readonly Scenario[] {
  return scenarios.filter(({ needsSchema }) => !needsSchema || output !== 'text')
}
