/**
 * Which turns are shown as messages. The window grows with the conversation until it is full and is
 * then cut in one large step, so that the head of the request changes once in many turns and not with
 * every one: a window that slides by a turn each time leaves a prompt cache next to nothing.
 */
import type { Memory, Summary } from '../model/conversation.ts'
import { elideResults } from './elide-results.ts'
import type { ContextEpoch } from './epoch.ts'
import { startsExchange, type TurnGroup } from './turn-groups.ts'

export interface Window {
  readonly groups: readonly TurnGroup[]
  readonly fromSeq: number
  readonly elideBeforeSeq: number
  readonly summary: Summary | undefined
  /** It begins here: the cache is missed in any case. */
  readonly isNew: boolean
}

export interface WindowRoom {
  /** Tokens for the window and the summary before it. */
  readonly tokens: number
  readonly priceGroup: (group: TurnGroup) => number
  readonly priceSummary: (summary: Summary) => number
  /** Of what stands in front where the first message is not the user's. */
  readonly priceOpening: number
  /** Older turns can be recalled into what the window leaves free. */
  readonly recalls: boolean
}

/** How much of the room the turns that stay take after a cut. */
const keptShare = 0.4
/**
 * The same where a conversation is taken up that no epoch is known of. If recall can find what the
 * message needs, the room is better spent on that than on turns of which nobody knows their use; if
 * not, more turns are all there is.
 */
const takenUpShare = { withRecall: 0.1, without: 0.9 } as const
/** The last exchange stays through a cut if it takes no more than this. */
const lastExchangeShare = 0.5
const summaryShare = 0.3
/** Turns that no summary covers yet stay as long as they take no more than this. */
const uncoveredShare = 0.7

/** Keeps the window of the epoch while it fits and nothing better is known, else begins a new one. */
export function chooseWindow(
  memory: Memory,
  groups: readonly TurnGroup[],
  room: WindowRoom,
  epoch: ContextEpoch | undefined,
): Window {
  const summary = fittingSummary(memory.historySummary, room)
  const kept = epoch && epoch.fromSeq <= memory.totalTurns + 1 && keepWindow(groups, room, epoch)
  if (!kept) {
    const share = epoch ? keptShare : takenUpShare[room.recalls ? 'withRecall' : 'without']
    const cut = { summary, share, uncovered: Math.max(share, uncoveredShare) }
    return cutWindow(groups, room, { ...cut, totalTurns: memory.totalTurns })
  }
  if (!closesGap(kept, summary)) return kept
  const fresh: Window = { ...kept, summary, isNew: true }
  return sizeOf(fresh, room) <= room.tokens ? fresh : kept
}

function keepWindow(
  groups: readonly TurnGroup[],
  room: WindowRoom,
  epoch: ContextEpoch,
): Window | undefined {
  const { fromSeq, elideBeforeSeq, summary } = epoch
  const start = groups.findIndex((group) => group.fromSeq >= fromSeq)
  const first = groups[start]?.fromSeq ?? fromSeq
  if (first !== fromSeq) return undefined
  const shown = (start < 0 ? [] : groups.slice(start)).map((group) =>
    group.fromSeq < elideBeforeSeq ? elideResults(group) : group,
  )
  const window = { groups: shown, fromSeq, elideBeforeSeq, summary, isNew: false }
  return sizeOf(window, room) <= room.tokens ? window : undefined
}

/** Turns before the window that its summary does not cover, and a newer summary does. */
function closesGap(window: Window, summary: Summary | undefined): boolean {
  const covered = window.summary?.toSeq ?? 0
  return covered < window.fromSeq - 1 && (summary?.toSeq ?? 0) > covered
}

interface Cut {
  readonly summary: Summary | undefined
  /** Of the room, for the turns that stay. */
  readonly share: number
  /** For those of them that no summary covers yet. */
  readonly uncovered: number
}

function cutWindow(
  groups: readonly TurnGroup[],
  room: WindowRoom,
  cut: Cut & { readonly totalTurns: number },
): Window {
  const whole = { groups, fromSeq: groups[0]?.fromSeq ?? cut.totalTurns + 1, elideBeforeSeq: 0 }
  if (whole.fromSeq === 1) {
    const all = { ...whole, summary: undefined, isNew: true }
    if (sizeOf(all, room) <= room.tokens) return all
  }
  const exchange = lastExchange(groups)
  const elideBeforeSeq = groups[exchange]?.fromSeq ?? 0
  const short = groups.map((group, at) => (at < exchange ? elideResults(group) : group))
  const start = cutAt(short, room, cut)
  return {
    groups: short.slice(start),
    fromSeq: short[start]?.fromSeq ?? cut.totalTurns + 1,
    elideBeforeSeq,
    summary: cut.summary,
    isNew: true,
  }
}

/**
 * The group that the window begins with after a cut: where the user speaks, if that leaves one, and
 * not later than where the summary ends, if there is room for that.
 */
function cutAt(groups: readonly TurnGroup[], room: WindowRoom, cut: Cut): number {
  const { summary, share } = cut
  const left = room.tokens - (summary ? room.priceSummary(summary) : 0)
  const exchange = lastExchange(groups)
  const covered = summary?.toSeq ?? Number.POSITIVE_INFINITY
  let start = groups.length
  let size = 0
  for (let at = groups.length - 1; at >= 0; at--) {
    const group = groups[at]
    if (!group) break
    size += room.priceGroup(group)
    const most = Math.max(share, at >= exchange ? lastExchangeShare : 0)
    if (size > left * (group.fromSeq > covered ? Math.max(cut.uncovered, most) : most)) break
    start = at
  }
  const opening = groups.findIndex((group, at) => at >= start && startsExchange(group))
  return opening < 0 ? start : opening
}

/** A window that is filled to this share is soon to be cut. */
const nearlyFull = 0.5

/** The turn that the window would begin with if it had to be cut now; its first while it is short. */
export function nextCut(window: Window, groups: readonly TurnGroup[], room: WindowRoom): number {
  if (sizeOf(window, room) < nearlyFull * room.tokens) return window.fromSeq
  const start = cutAt(groups, room, {
    summary: window.summary,
    share: keptShare,
    uncovered: keptShare,
  })
  return Math.max(window.fromSeq, groups[start]?.fromSeq ?? window.fromSeq)
}

function lastExchange(groups: readonly TurnGroup[]): number {
  return Math.max(0, groups.findLastIndex(startsExchange))
}

function fittingSummary(summary: Summary | undefined, room: WindowRoom): Summary | undefined {
  return summary && room.priceSummary(summary) <= summaryShare * room.tokens ? summary : undefined
}

function sizeOf(window: Pick<Window, 'groups' | 'summary'>, room: WindowRoom): number {
  const first = window.groups[0]
  const opening = first && !startsExchange(first) ? room.priceOpening : 0
  const before = opening + (window.summary ? room.priceSummary(window.summary) : 0)
  return window.groups.reduce((sum, group) => sum + room.priceGroup(group), before)
}
