/** The steps of the sign-up. They work by themselves, whatever the assistant does. */
export function setUpSignUp(visitor) {
  const address = `/visitors/${encodeURIComponent(visitor)}`
  const account = document.getElementById('account')
  const identity = document.getElementById('identity')
  const note = document.getElementById('sign-up-note')

  function show({ step, limit, country }) {
    const items = [...document.getElementById('steps').children]
    const at = items.findIndex((item) => item.dataset.step === step)
    for (const [index, item] of items.entries()) {
      item.classList.toggle('done', index < at || step === 'ready')
      item.toggleAttribute('aria-current', index === at)
    }
    account.hidden = step !== 'account'
    identity.hidden = step !== 'identity'
    note.textContent = {
      account: '',
      identity: `Your account is there${country ? `, for ${country}` : ''}.`,
      ready: `You may exchange up to ${limit.toLocaleString('en')} euros a day.`,
    }[step]
  }

  async function post(path, body) {
    const response = await fetch(address + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body ?? {}),
    })
    const answer = await response.json()
    if (response.ok) show(answer)
    else note.textContent = answer.detail
  }

  account.addEventListener('submit', (event) => {
    event.preventDefault()
    post('/account', Object.fromEntries(new FormData(account)))
  })
  identity.addEventListener('submit', (event) => {
    event.preventDefault()
    post('/identity')
  })
  document.getElementById('forget').addEventListener('click', async () => {
    const deleted = await (await fetch(address, { method: 'DELETE' })).json()
    localStorage.removeItem('visitor')
    sessionStorage.setItem('deleted', JSON.stringify(deleted))
    location.reload()
  })

  const deleted = sessionStorage.getItem('deleted')
  sessionStorage.removeItem('deleted')
  fetch(address)
    .then((response) => response.json())
    .then((profile) => {
      show(profile)
      if (deleted) note.textContent = `Forgotten: ${listOf(JSON.parse(deleted))}.`
    })
}

function listOf(report) {
  const kinds = Object.entries(report).filter(([, count]) => count > 0)
  if (kinds.length === 0) return 'there was nothing'
  return kinds.map(([kind, count]) => `${count} ${kind}`).join(', ')
}
