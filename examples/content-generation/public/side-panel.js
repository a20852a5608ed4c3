import { count, h, money } from './dom.js'

/** What stands beside an article: what can be done, what it cost, and what is to be known of it. */
export function sidePanel(status, view, act) {
  const { article, state } = status
  return [
    actions(status, act),
    h('section', {}, h('h2', {}, 'Budget'), budget(status, view)),
    ...(article ? [h('section', {}, h('h2', {}, 'Report'), report(status))] : []),
    h('section', {}, h('h2', {}, 'Steps'), article ? doneSteps(article) : liveSteps(view, state)),
  ]
}

function actions({ id, state, isPaused, article, batch }, act) {
  const isOpen = state === 'waiting' || state === 'writing'
  const button = (name, path) => h('button', { type: 'button', onclick: () => act(path) }, name)
  return h(
    'section.actions',
    {},
    isOpen && !isPaused && button('Pause', 'pause'),
    ((isPaused && isOpen) || state === 'paused') && button('Resume', 'resume'),
    isOpen && button('Cancel', 'cancel'),
    state === 'degraded' && button('Write what is missing', 'mend'),
    isOpen && isPaused && h('p.quiet', {}, 'What is at work is finished; nothing new is begun.'),
    ...(article
      ? ['md', 'html', 'json'].map((format) =>
          h(
            'a.button',
            { href: `/desk/articles/${id}/export/${format}`, download: true },
            format.toUpperCase(),
          ),
        )
      : []),
    batch && h('a.quiet', { href: `#/batch/${batch}` }, 'Back to the batch'),
  )
}

function budget({ budget: limit, article, spent }, view) {
  const attempts = view.attempts.length
  return h(
    'div',
    {},
    h('meter', {
      min: 0,
      max: limit.usd,
      value: spent.usd,
      high: limit.usd * 0.9,
      'aria-label': 'Spent of the budget',
    }),
    h(
      'p',
      {},
      article
        ? `${money(spent.usd)} of ${money(limit.usd)}, ${count(spent.tokens)} of ${count(limit.tokens)} tokens`
        : `At most ${money(limit.usd)} and ${count(limit.tokens)} tokens; ${money(spent.usd)} so far, in ${attempts} calls`,
    ),
  )
}

function report({ article, brief }) {
  const { notes, facts, findings, removed, words } = article.report
  const [mark, told] = [
    { 'by the text': '✓', 'by rule': '+', nowhere: '✗' },
    { 'by rule': ' (added by rule)', nowhere: ' (missing)' },
  ]
  return h(
    'div.report',
    {},
    h('p', {}, `${count(words)} of ${count(brief.words)} words`),
    notes.length > 0 && h('ul.notes', {}, ...notes.map((note) => h('li', {}, note))),
    h('h3', {}, 'Facts'),
    h(
      'ul.facts',
      {},
      ...facts.map(({ fact, stated }) =>
        h(
          'li',
          { 'data-stated': stated },
          h('span', { 'aria-hidden': 'true' }, mark[stated]),
          ` ${fact}${told[stated] ?? ''}`,
        ),
      ),
    ),
    h('h3', {}, 'The review found'),
    findings.length + removed.length === 0
      ? h('p.quiet', {}, 'nothing.')
      : h(
          'ul.findings',
          {},
          ...findings.map(({ kind, quote, advice, mended, by }) =>
            h(
              'li',
              {},
              h('b', {}, `${kind}, by ${by === 'rule' ? 'rule' : 'the reviewer'}`),
              quote && h('q', {}, quote),
              ` ${advice} `,
              h('span.chip', {}, mended ? 'mended' : 'open'),
            ),
          ),
        ),
  )
}

function doneSteps({ steps }) {
  return h(
    'table',
    {},
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        ...['Step', 'By', 'Tokens', 'Cost'].map((name) => h('th', { scope: 'col' }, name)),
      ),
    ),
    h(
      'tbody',
      {},
      ...steps.map(({ step, by, reason, cost, kept }) =>
        h(
          'tr',
          { 'data-by': by, title: reason ?? undefined },
          h('th', { scope: 'row' }, step),
          h('td', {}, kept ? 'kept' : by),
          h('td', {}, count(cost.tokens)),
          h('td', {}, money(cost.usd)),
        ),
      ),
    ),
  )
}

function liveSteps({ steps, attempts }, state) {
  if (steps.length === 0)
    return h('p.quiet', {}, state === 'waiting' ? 'Waiting in the queue.' : 'None yet.')
  const failed = (name) =>
    attempts
      .filter(({ step, failed: reason }) => step === name && reason)
      .map(({ failed: reason }) => reason)
  return h(
    'ul.steps',
    {},
    ...steps.map(({ step, durationMs }) =>
      h(
        'li',
        {},
        h('span', {}, step),
        failed(step).length > 0 && h('span.warn', {}, failed(step).join(', ')),
        h('span.quiet', {}, durationMs === undefined ? '…' : `${(durationMs / 1000).toFixed(1)} s`),
      ),
    ),
  )
}
