/**
 * The positions of the `count` highest scores above 0, highest first; among equals the later one
 * first. Costs a heap of `count`, not a sort of all.
 */
export function topScores(scores: Float64Array, count: number): number[] {
  const worse = (left: number, right: number) => {
    const difference = (scores[left] ?? 0) - (scores[right] ?? 0)
    return difference === 0 ? left < right : difference < 0
  }
  // The lowest of the best lies on top of the heap and is the first to go.
  const heap: number[] = []
  let lowest = 0
  for (let at = 0; at < scores.length && count > 0; at++) {
    const score = scores[at] ?? 0
    if (score <= 0 || score < lowest) continue
    if (heap.length < count) {
      heap.push(at)
      rise(heap, worse)
      if (heap.length < count) continue
    } else {
      heap[0] = at
      sink(heap, worse)
    }
    lowest = scores[heap[0] ?? 0] ?? 0
  }
  return heap.toSorted((left, right) => (worse(left, right) ? 1 : -1))
}

type Worse = (left: number, right: number) => boolean

function rise(heap: number[], worse: Worse): void {
  let child = heap.length - 1
  while (child > 0) {
    const parent = (child - 1) >> 1
    if (!worse(heap[child] ?? 0, heap[parent] ?? 0)) return
    swap(heap, child, parent)
    child = parent
  }
}

function sink(heap: number[], worse: Worse): void {
  let parent = 0
  for (;;) {
    const left = 2 * parent + 1
    let lowest = parent
    if (left < heap.length && worse(heap[left] ?? 0, heap[lowest] ?? 0)) lowest = left
    if (left + 1 < heap.length && worse(heap[left + 1] ?? 0, heap[lowest] ?? 0)) lowest = left + 1
    if (lowest === parent) return
    swap(heap, parent, lowest)
    parent = lowest
  }
}

function swap(heap: number[], left: number, right: number): void {
  const kept = heap[left] ?? 0
  heap[left] = heap[right] ?? 0
  heap[right] = kept
}
