import type { Detector, Trigger } from './detector.ts'
import { type Topic, topics, wordsOf } from './label-words.ts'
import { PrefixTable } from './prefix-table.ts'
import { WordTable } from './word-table.ts'

/** The detectors of a redactor, arranged by trigger. */
export interface ScanPlan {
  readonly byTrigger: Readonly<Record<Trigger, readonly Detector[]>>
  readonly words: WordTable<Detector>
  readonly prefixes: PrefixTable<Detector>
}

/** Arranges detectors; on one trigger they run in the order given. */
export function planScan(detectors: readonly Detector[]): ScanPlan {
  const byTrigger: Record<Trigger, Detector[]> = {
    digits: [],
    'short-digits': [],
    code: [],
    'short-code': [],
    word: [],
    prefix: [],
    '@': [],
    ':': [],
    '=': [],
    '+': [],
    '(': [],
    '-----': [],
  }
  const words = new WordTable<Detector>()
  const prefixes = new PrefixTable<Detector>()
  for (const detector of [...topics.map(labelDetector), ...detectors]) {
    for (const trigger of detector.triggers) byTrigger[trigger].push(detector)
    for (const word of new Set(detector.words)) words.add(word, detector)
    for (const prefix of new Set(detector.prefixes)) prefixes.add(prefix, detector)
  }
  return { byTrigger, words, prefixes }
}

/** Notes where the words of a topic stand. */
function labelDetector(topic: Topic): Detector {
  return {
    triggers: [],
    words: wordsOf(topic),
    detect(scan, _start, end) {
      scan.noteLabel(topic, end)
    },
  }
}
