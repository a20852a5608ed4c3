const names = {
  works: 'works',
  outage: 'outage (503)',
  'rate-limit': 'rate limit (429)',
  stall: 'stalls while it answers',
  garbage: 'garbage (a web page)',
}

/** The two selects that break a provider, and the note that says which models answer. */
export async function setUpFaults(form, note) {
  const show = ({ primary, fallback, breakages, models }) => {
    note.textContent = `Answers come from ${models}.`
    for (const [place, breakage] of Object.entries({ primary, fallback })) {
      const select = form.elements[place]
      select.replaceChildren(...breakages.map((each) => new Option(names[each], each)))
      select.value = breakage
    }
  }
  form.addEventListener('change', async () => {
    const body = JSON.stringify(Object.fromEntries(new FormData(form)))
    const headers = { 'content-type': 'application/json' }
    show(await (await fetch('/demo/faults', { method: 'POST', headers, body })).json())
  })
  show(await (await fetch('/demo/faults')).json())
}
