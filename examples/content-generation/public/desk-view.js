import { ask, badge, count, h, money } from './dom.js'

const example = {
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
}

/** The first page: a brief to fill in, and what is on the desk. */
export async function showDesk(main) {
  const cost = h('p.forecast', { role: 'status' }, '')
  const form = briefForm(cost)
  const list = h('ol.articles')
  main.append(
    h(
      'div.two',
      {},
      h(
        'section.sheet',
        { 'aria-labelledby': 'brief-title' },
        h('h1', { id: 'brief-title' }, 'A new article'),
        form,
      ),
      h(
        'section',
        { 'aria-labelledby': 'desk-title' },
        h('h2', { id: 'desk-title' }, 'On the desk'),
        list,
      ),
    ),
  )
  const { articles } = await ask('/desk/articles')
  list.replaceChildren(...articles.map(row))
  if (articles.length === 0)
    list.append(
      h('li.quiet', {}, 'Nothing yet. The brief beside is an example; order it as it is.'),
    )
}

function row({ id, title, state, batch }) {
  return h(
    'li',
    {},
    h('a.title', { href: `#/article/${id}` }, title),
    badge(state),
    batch && h('a.quiet', { href: `#/batch/${batch}` }, 'in a batch'),
  )
}

function briefForm(cost) {
  const form = h(
    'form.brief',
    {},
    field(
      'Topic',
      h('input', { name: 'topic', required: true, maxlength: 120, value: example.topic }),
    ),
    h(
      'div.pair',
      {},
      field(
        'Audience',
        h('input', { name: 'audience', required: true, maxlength: 80, value: example.audience }),
      ),
      field(
        'Tone',
        h(
          'select',
          { name: 'tone' },
          ...['plain', 'friendly', 'formal'].map(
            (tone) => new Option(tone, tone, false, tone === example.tone),
          ),
        ),
      ),
      field(
        'Words',
        h('input', {
          name: 'words',
          type: 'number',
          min: 200,
          max: 1500,
          step: 50,
          required: true,
          value: example.words,
        }),
      ),
    ),
    field('Facts that must appear, one a line', area('mustAppear', example.mustAppear, 5)),
    field('What must not appear, one a line', area('mustNotAppear', example.mustNotAppear, 3)),
    h('div.order', {}, h('button', { type: 'submit' }, 'Write it'), cost),
  )
  const forecast = async () => {
    const brief = briefOf(form)
    if (!form.checkValidity()) return
    try {
      const { likely, most, learnedFrom } = await ask('/desk/forecast', { brief })
      cost.textContent = `Likely ${money(likely.usd)} and ${count(likely.tokens)} tokens; never more than ${money(most.usd)}.${learnedFrom > 0 ? ` Learned from ${learnedFrom} ${learnedFrom === 1 ? 'article' : 'articles'}.` : ''}`
      cost.classList.remove('problem')
    } catch (error) {
      cost.textContent = error.message
      cost.classList.add('problem')
    }
  }
  form.addEventListener('change', forecast)
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    try {
      const { id } = await ask('/desk/articles', { brief: briefOf(form) })
      location.hash = `#/article/${id}`
    } catch (error) {
      cost.textContent = error.message
      cost.classList.add('problem')
    }
  })
  forecast()
  return form
}

const field = (label, control) => h('label', {}, label, control)

function area(name, lines, rows) {
  const control = h('textarea', { name, rows })
  control.value = lines.join('\n')
  return control
}

function briefOf(form) {
  const { topic, audience, tone, words, mustAppear, mustNotAppear } = form.elements
  const lines = (control) =>
    control.value
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean)
  return {
    topic: topic.value,
    audience: audience.value,
    tone: tone.value,
    words: Number(words.value),
    mustAppear: lines(mustAppear),
    mustNotAppear: lines(mustNotAppear),
  }
}
