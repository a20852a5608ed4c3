import { showArticle } from './article-view.js'
import { showBatch, showUpload } from './batch-view.js'
import { showDesk } from './desk-view.js'
import { ask, h } from './dom.js'

const main = document.getElementById('main')
let leave = new AbortController()

/** One page at a time; leaving it ends what it follows. */
async function show() {
  leave.abort()
  leave = new AbortController()
  const { signal } = leave
  const [, page, id] = location.hash.split('/')
  main.replaceChildren()
  try {
    if (page === 'article' && id) await showArticle(main, id, signal)
    else if (page === 'batch' && id) await showBatch(main, id, signal)
    else if (page === 'batch') await showUpload(main)
    else await showDesk(main)
  } catch (error) {
    if (!signal.aborted) main.replaceChildren(h('p.problem', { role: 'alert' }, error.message))
  }
}

/** The switch that breaks the provider, and the line that says who writes. */
async function setUpSwitch() {
  const form = document.getElementById('switch')
  const update = ({ breakage, breakages, description }) => {
    document.getElementById('origin').textContent = `Articles come from ${description}.`
    form.elements.breakage.replaceChildren(...breakages.map((each) => new Option(each, each)))
    form.elements.breakage.value = breakage
    form.classList.toggle('broken', breakage !== 'works')
  }
  form.addEventListener('change', async () =>
    update(await ask('/desk/faults', { breakage: form.elements.breakage.value })),
  )
  update(await ask('/desk/faults'))
}

window.addEventListener('hashchange', show)
await setUpSwitch()
await show()
