/** Answers to this many are made ahead by the server. */
const foreseen = 2

/**
 * What the visitor may ask next, to be chosen by a click. The answers to the likeliest are made while the
 * visitor reads; a suggestion says when its answer is there.
 */
export async function createSuggestions(place, { client, visitor, choose }) {
  const topics = await (await fetch('/topics')).json()
  let shownFor
  place.addEventListener('click', ({ target }) => {
    const chip = target instanceof Element ? target.closest('button') : null
    if (chip) choose(chip.dataset.message ?? chip.textContent.trim())
  })

  async function watch(chips) {
    const inputs = chips.map((chip) => ({ userId: visitor, message: chip.dataset.message }))
    const response = await fetch('/v1/pipelines/onboarding/precompute', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ inputs }),
    })
    if (!response.ok) return
    const { outcomes } = await response.json()
    await Promise.all(
      outcomes.map(({ answerId }, index) => answerId && mark(answerId, chips[index])),
    )
  }

  async function mark(answerId, chip) {
    for await (const { event } of client.follow(answerId)) {
      if (event.type === 'answer-finished') chip.classList.add('ready')
    }
  }

  return {
    hide() {
      place.hidden = true
      shownFor = undefined
    },
    show({ id, value }) {
      if (shownFor === id) return
      shownFor = id
      const chips = (value.followUps ?? []).map((topic) => chipFor(topics[topic]))
      place.replaceChildren(...chips)
      place.hidden = chips.length === 0
      // Without it the answers come all the same, only not at once.
      watch(chips.slice(0, foreseen)).catch((error) =>
        console.warn('Nothing is made ahead:', error),
      )
    },
  }
}

function chipFor(message) {
  const chip = document.createElement('button')
  chip.type = 'button'
  chip.dataset.message = message
  chip.textContent = message
  chip.title = 'A chip with ⚡ is answered at once'
  return chip
}
