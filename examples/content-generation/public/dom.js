/** An element with its attributes, listeners and children; strings become text, never markup. */
export function h(name, attributes = {}, ...children) {
  const [tag, ...classes] = name.split('.')
  const element = document.createElement(tag)
  if (classes.length > 0) element.className = classes.join(' ')
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value)
    else if (value === true) element.setAttribute(key, '')
    else if (value !== false && value !== undefined) element.setAttribute(key, value)
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== false))
  return element
}

/** Asks the desk; a problem is thrown with what it says. */
export async function ask(path, body) {
  const response = await fetch(
    path,
    body === undefined
      ? {}
      : {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        },
  )
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.detail ?? response.statusText)
  return answer
}

const dollars = new Intl.NumberFormat('en', {
  maximumSignificantDigits: 2,
  minimumFractionDigits: 2,
})
const whole = new Intl.NumberFormat('en')

/** A cent is much here: small sums keep two digits that mean something. */
export const money = (usd) => (usd >= 1 ? `$${usd.toFixed(2)}` : `$${dollars.format(usd)}`)
export const count = (number) => whole.format(number)

export const stateNames = {
  waiting: 'waiting',
  writing: 'being written',
  paused: 'paused',
  complete: 'complete',
  degraded: 'degraded',
  failed: 'failed',
  cancelled: 'cancelled',
}

export const badge = (state) => h(`span.badge.${state}`, {}, stateNames[state] ?? state)
