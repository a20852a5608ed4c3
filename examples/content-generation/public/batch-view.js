import { ask, badge, count, h, money, stateNames } from './dom.js'

/** A file of briefs: what is in it, and what it will cost, before anything starts. */
export async function showUpload(main) {
  const preview = h('div', { 'aria-live': 'polite' })
  const file = h('input', { type: 'file', accept: '.csv,text/csv', id: 'file' })
  const show = async (name, csv) => {
    try {
      preview.replaceChildren(
        previewOf(name, csv, await ask('/desk/batches/preview', { name, csv })),
      )
    } catch (error) {
      preview.replaceChildren(h('p.problem', { role: 'alert' }, error.message))
    }
  }
  file.addEventListener('change', async () => {
    const [chosen] = file.files
    if (chosen) await show(chosen.name.replace(/\.csv$/i, ''), await chosen.text())
  })
  const sample = h(
    'button.quiet',
    {
      type: 'button',
      onclick: async () => show('sample', await (await fetch('/samples/briefs.csv')).text()),
    },
    'Take the 100 sample briefs',
  )
  main.append(
    h(
      'section.sheet',
      { 'aria-labelledby': 'batch-title' },
      h('h1', { id: 'batch-title' }, 'A batch of articles'),
      h(
        'p',
        {},
        'A CSV file with the columns topic, audience, tone, words, must_appear and must_not_appear; facts in a cell are divided by semicolons.',
      ),
      h('div.order', {}, h('label.file', { for: 'file' }, 'Choose a file', file), sample),
      preview,
    ),
  )
}

function previewOf(name, csv, { rows, forecast: { likely, most, learnedFrom } }) {
  const good = rows.filter(({ brief }) => brief)
  const bad = rows.filter(({ problems }) => problems)
  const start = h(
    'button',
    {
      type: 'button',
      onclick: async () => {
        start.disabled = true
        const { batch } = await ask('/desk/batches', { name, csv })
        location.hash = `#/batch/${batch}`
      },
    },
    `Write ${good.length} articles`,
  )
  return h(
    'div.preview',
    {},
    h(
      'dl.figures',
      {},
      figure('Articles', count(good.length)),
      figure(
        'Likely',
        `${money(likely.usd)}`,
        `${count(likely.tokens)} tokens${learnedFrom > 0 ? `, learned from ${learnedFrom} articles` : ''}`,
      ),
      figure('At most', `${money(most.usd)}`, 'the sum of the budgets'),
    ),
    bad.length > 0 &&
      h(
        'ul.notes',
        {},
        ...bad.map(({ row, problems }) =>
          h('li', {}, `Row ${row} is left out: ${problems.join('; ')}`),
        ),
      ),
    good.length > 0 && start,
    h(
      'ol.rows',
      {},
      ...good
        .slice(0, 8)
        .map(({ brief }) =>
          h(
            'li',
            {},
            `${brief.topic}, for ${brief.audience} (${brief.words} words, ${brief.mustAppear.length} facts)`,
          ),
        ),
    ),
    good.length > 8 && h('p.quiet', {}, `and ${good.length - 8} more`),
  )
}

const figure = (name, value, note) =>
  h('div', {}, h('dt', {}, name), h('dd', {}, value, note && h('small', {}, note)))

/** A batch at work: all its articles at a glance. */
export async function showBatch(main, batch, signal) {
  const sheet = h('section.sheet.wide', { 'aria-labelledby': 'batch-title' })
  const head = h('div')
  const rows = h('ol.batch')
  sheet.append(head, rows)
  main.append(sheet)
  const act = async (action) => {
    draw(await ask(`/desk/batches/${batch}/${action}`, {}))
    watch()
  }
  const draw = (view) => {
    head.replaceChildren(...headOf(view, act))
    const shape = view.articles.map(({ id, state }) => id + state).join()
    if (rows.dataset.shape !== shape) rows.replaceChildren(...view.articles.map(rowOf))
    rows.dataset.shape = shape
    for (const [index, bar] of rows.querySelectorAll('progress').entries()) {
      bar.value = view.articles[index]?.progress ?? 0
    }
    return view
  }
  let isWatched = false
  const watch = async () => {
    if (isWatched) return
    isWatched = true
    for (let isOver = false; !signal.aborted && !isOver; ) {
      const view = draw(await ask(`/desk/batches/${batch}`))
      isOver = view.isOver
      if (!isOver) await new Promise((resolve) => setTimeout(resolve, 700))
    }
    isWatched = false
  }
  await watch()
}

function headOf({ batch, counts, articles, spent, budget, isPaused, isOver }, act) {
  const button = (name, action) => h('button', { type: 'button', onclick: () => act(action) }, name)
  const ended = articles.filter(
    ({ state }) => !['waiting', 'writing', 'paused'].includes(state),
  ).length
  return [
    h('h1', { id: 'batch-title' }, `${ended} of ${articles.length} articles`),
    h('progress.whole', {
      max: articles.length,
      value: articles.reduce(
        (sum, { state, progress }) => sum + (state === 'paused' ? 0 : progress),
        0,
      ),
      'aria-label': 'Progress of the batch',
    }),
    h(
      'dl.figures',
      {},
      ...Object.entries(counts).map(([state, number]) => figure(stateNames[state], count(number))),
      figure('Spent', money(spent.usd), `of ${money(budget.usd)}; ${count(spent.tokens)} tokens`),
    ),
    h(
      'div.actions',
      { 'data-over': `${isOver}` },
      !isOver && !isPaused && button('Pause', 'pause'),
      isPaused && button('Resume', 'resume'),
      !isOver && button('Cancel', 'cancel'),
      isOver && counts.degraded && button('Write what is missing', 'mend'),
      ended > 0 &&
        h(
          'a.button',
          { href: `/desk/batches/${batch}/export/zip`, download: true },
          'Download all (ZIP)',
        ),
    ),
  ]
}

function rowOf({ id, title, audience, state, progress, notes }) {
  return h(
    'li',
    { 'data-state': state },
    h('a.title', { href: `#/article/${id}` }, title),
    h('span.quiet', {}, `for ${audience}`),
    badge(state),
    h('progress', { max: 1, value: progress, 'aria-label': `Progress of ${title}` }),
    notes.length > 0 && h('small', {}, notes.join(' ')),
  )
}
