/** How texts speak that are written for a model instead of a reader. */
const orders: readonly RegExp[] = [
  /\b(ignore|disregard|forget)\b.{0,40}\b(previous|prior|above|earlier|all|your)\b.{0,30}\b(instruction|prompt|rule|order)s?\b/i,
  /\b(ignorier|ignorez|ignora|vergiss|oublie|olvida)\w*\b.{0,40}(anweisung|vorgabe|instruc)/i,
  /\b(system|developer) prompt\b|^\s*(system|assistant)\s*:/im,
  /\byou (must|should|have to|are to) (answer|reply|respond|output|return|say|print)\b/i,
  /\b(to|dear) (the )?(ai|assistant|model|llm|chatbot)\b/i,
  /<\/?(document|system|instructions?)>/i,
]

/**
 * Whether a passage gives orders to whoever reads it. Such a passage is shown like any other, but it is
 * no evidence: what it states may have been put there for a machine.
 */
export function givesOrders(text: string): boolean {
  return orders.some((order) => order.test(text))
}
