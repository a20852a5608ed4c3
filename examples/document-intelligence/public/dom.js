/** An element with its properties and what is in it; text is text, whatever it holds. */
export function el(tag, properties = {}, ...children) {
  const { dataset, ...rest } = properties
  const element = Object.assign(document.createElement(tag), rest)
  Object.assign(element.dataset, dataset)
  element.append(...children.filter((child) => child !== undefined && child !== ''))
  return element
}

/** A short message on its own, such as an error. */
export function note(text, kind = '') {
  return el('p', { className: `note ${kind}`, textContent: text })
}
