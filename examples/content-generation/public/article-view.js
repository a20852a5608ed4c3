import { applyEvent, createLiveClient, emptyView } from '/client/index.js'
import { ask, badge, h } from './dom.js'
import { sidePanel } from './side-panel.js'

const client = createLiveClient({ url: location.origin })

/** One article: its text as it grows, and beside it what it costs and what is known of it. */
export async function showArticle(main, id, signal) {
  const sheet = h('article.sheet.paper')
  const side = h('aside.side', { 'aria-label': 'About this article' })
  main.append(h('div.reading', {}, sheet, side))
  let status = await ask(`/desk/articles/${id}`)
  let view = emptyView
  let drawn = false
  const act = async (path) => {
    status = await ask(`/desk/articles/${id}/${path}`, {})
    view = emptyView
    draw()
    follow()
  }
  const draw = () => {
    drawn = false
    if (signal.aborted) return
    drawSheet(sheet, status, view, act)
    side.replaceChildren(...sidePanel(status, view, act))
  }
  const drawSoon = () => {
    if (!drawn) requestAnimationFrame(draw)
    drawn = true
  }
  /** Follows the newest version from its first event, through reloads and restarts of the server. */
  const follow = async () => {
    const { answerId } = status
    for await (const { event } of client.follow(answerId, { signal })) {
      if (status.answerId !== answerId) return
      view = applyEvent(view, event)
      const tellsMore = event.type === 'answer-finished' || event.type === 'answer-failed'
      if (
        tellsMore ||
        (event.type === 'step-finished' && event.step === 'outline') ||
        event.type === 'answer-started'
      ) {
        status = await ask(`/desk/articles/${id}`)
      }
      drawSoon()
    }
  }
  draw()
  await follow()
}

/** The sheet is drawn anew only where something has changed, so that a selection in it survives. */
function drawSheet(sheet, status, view, act) {
  const { article, plan, brief, state, versions } = status
  sheet.dataset.version = versions.length
  const sections = plan?.sections ?? []
  const shape = JSON.stringify([state, sections.map(({ heading }) => heading), article?.title])
  if (sheet.dataset.shape !== shape) {
    sheet.dataset.shape = shape
    sheet.replaceChildren(
      h('header', {}, badge(state), h('h1', {}, article?.title ?? plan?.title ?? brief.topic)),
      ...(article?.summary ? [h('p.summary', {}, article.summary)] : []),
      ...(sections.length === 0 && state !== 'failed' && !article
        ? [
            h(
              'p.quiet',
              {},
              state === 'waiting' ? 'Waiting for a free writer …' : 'The outline is being made …',
            ),
          ]
        : []),
      ...sections.map(({ heading }, index) => sectionOf(heading, index, status, act)),
      ...(article?.keywords?.length
        ? [h('p.keywords', {}, ...article.keywords.map((each) => h('span', {}, each)))]
        : []),
    )
  }
  const wanted = Math.round(brief.words / Math.max(1, sections.length))
  for (const [index, section] of sheet.querySelectorAll('section').entries()) {
    drawSection(section, sectionState(status, view, index), wanted)
  }
}

function sectionOf(heading, index, { article }, act) {
  const title = h('h2', { id: `section-${index}` }, heading)
  const again = h(
    'button.quiet',
    {
      type: 'button',
      'aria-label': `Write “${heading}” anew`,
      onclick: () => act(`sections/${index}/regenerate`),
    },
    'Write anew',
  )
  const bar = h('progress', { max: 1, value: 0, 'aria-label': `Progress of ${heading}` })
  return h(
    'section',
    { 'aria-labelledby': `section-${index}` },
    h('div.heading', {}, title, h('span.chip'), article && article.status !== 'paused' && again),
    !article && bar,
    h('div.text'),
  )
}

/** What there is of a section now, whoever it comes from. */
function sectionState({ article, kept }, { steps }, index) {
  const of = (name) => steps.find(({ step }) => step === `${name}-${index + 1}`)
  if (article) {
    const done = article.steps.findLast(({ step }) => step === `section-${index + 1}`)
    const by = done?.by === 'canned' ? 'canned' : done?.by === 'fallback' ? 'by the fallback' : ''
    return { text: article.sections[index] ?? '', label: by, share: 1, isGrowing: false }
  }
  const draft = of('section')
  const revision = of('revision')
  const isRevised = revision !== undefined && revision.durationMs === undefined
  const text = revision?.text || draft?.text || kept[index] || ''
  const isGrowing = isRevised || (draft !== undefined && draft.durationMs === undefined)
  const label = isRevised ? 'in revision' : isGrowing ? 'in draft' : text ? 'drafted' : 'to come'
  return { text, label, isGrowing, share: isGrowing ? undefined : text ? 1 : 0 }
}

function drawSection(section, { text, label, share, isGrowing }, wanted) {
  const words = text.split(/\s+/).filter(Boolean).length
  const bar = section.querySelector('progress')
  if (bar) bar.value = share ?? Math.min(0.97, words / wanted)
  const chip = section.querySelector('.chip')
  chip.textContent = label
  chip.className = `chip ${label.split(' ')[0]}`
  const place = section.querySelector('.text')
  place.classList.toggle('growing', isGrowing)
  if (place.dataset.text === text) return
  place.dataset.text = text
  place.replaceChildren(...text.split(/\n{2,}/).map((paragraph) => h('p', {}, paragraph)))
}
