import { countOnes } from './count-ones.ts'

/**
 * Notices when a model's answers stop to fit their schema.
 *
 * Providers change models under a name overnight, and such a model answers 200 to everything. The share
 * of valid answers is watched by a Bernoulli CUSUM (Page 1954): each answer adds the logarithm of how much
 * better it is explained by a tenfold odds of an invalid answer than by the model's own usual odds; at
 * `ln(falseAlarmEvery)` the alarm goes off. Lorden (1971) shows that a false alarm then comes on average
 * no more often than once in `falseAlarmEvery` answers, while a fall from 99 % to 90 % is noticed after
 * about 80.
 */
export class QualityTest {
  #answers = 0
  #invalid = 0
  #evidence = 0
  /** The last answers as bits, the newest lowest; 1 is invalid. */
  #recent = 0
  #seen = 0

  /** Takes the next verdict in; true when the model is to be given up for now. */
  observe(isValid: boolean, settings: QualitySettings): boolean {
    this.#seen++
    this.#recent = ((this.#recent << 1) | (isValid ? 0 : 1)) & recentMask
    const usual = this.#usualInvalidShare()
    if (this.#seen > warmUp) this.#weigh(isValid, usual)
    // What is being suspected is not taken into what is usual, or a slow change would hide itself.
    const threshold = Math.log(settings.falseAlarmEvery)
    if (this.#evidence < threshold / 3) this.#learn(isValid)
    const alarm = this.#evidence >= threshold || this.#isBelow(settings.leastValidShare)
    if (alarm) this.#restart(threshold)
    return alarm
  }

  /** The share of valid answers as it usually is, from 0 to 1. */
  get usualValidShare(): number {
    return 1 - this.#usualInvalidShare()
  }

  /** Verdicts seen so far. */
  get seen(): number {
    return this.#seen
  }

  save(): SavedQuality {
    return {
      answers: this.#answers,
      invalid: this.#invalid,
      evidence: this.#evidence,
      recent: this.#recent,
      seen: this.#seen,
    }
  }

  restore(saved: SavedQuality): void {
    this.#answers = saved.answers
    this.#invalid = saved.invalid
    this.#evidence = saved.evidence
    this.#recent = saved.recent
    this.#seen = saved.seen
  }

  #weigh(isValid: boolean, usual: number): void {
    const suspected = (usual * oddsRatio) / (1 - usual + usual * oddsRatio)
    const step = isValid ? Math.log((1 - suspected) / (1 - usual)) : Math.log(suspected / usual)
    this.#evidence = Math.max(0, this.#evidence + step)
  }

  #learn(isValid: boolean): void {
    this.#answers = this.#answers * memory + 1
    this.#invalid = this.#invalid * memory + (isValid ? 0 : 1)
  }

  /** One invalid answer in a hundred is assumed until more is known, and at least that ever after. */
  #usualInvalidShare(): number {
    const share = (this.#invalid + leastInvalidShare * priorWeight) / (this.#answers + priorWeight)
    return Math.min(0.9, Math.max(leastInvalidShare, share))
  }

  #isBelow(leastValidShare: number): boolean {
    if (this.#seen < recentLength) return false
    return countOnes(this.#recent) > (1 - leastValidShare) * recentLength
  }

  /** Back at half the evidence: a model that is still as bad when it returns is noticed twice as fast. */
  #restart(threshold: number): void {
    this.#evidence = threshold / 2
    this.#recent = 0
  }
}

/** A test as plain data. */
export interface SavedQuality {
  readonly answers: number
  readonly invalid: number
  readonly evidence: number
  readonly recent: number
  readonly seen: number
}

export interface QualitySettings {
  /** Below this share of valid answers among the last 20, a model is given up, whatever is usual. */
  readonly leastValidShare: number
  /** Answers per false alarm, on average. */
  readonly falseAlarmEvery: number
  /** How long the model is left alone the first time, in milliseconds. */
  readonly ejectMs: number
}

/** Tuned to a fall from one invalid answer in a hundred to one in ten. */
const oddsRatio = 10

/** What is usual is learnt from the first answers before anything is suspected. */
const warmUp = 50

/** What is usual is a mean over about the last 2,000 answers. */
const memory = 1 - 1 / 2_000

const leastInvalidShare = 0.01
const priorWeight = 50

const recentLength = 20
const recentMask = (1 << recentLength) - 1
