import { isRecord } from '../base/json.ts'
import { mostIssues } from './align-array.ts'
import type { Aligner } from './aligner.ts'
import { describeKeys, describeWanted } from './describe-view.ts'
import { gatherFlattened } from './flattened.ts'
import { type KeyMatch, matchKeys } from './match-keys.ts'
import type { Node, ObjectNode } from './node.ts'
import { describeNode, plainValue, setOwn, sourceOf } from './plain-value.ts'
import { isBareNull } from './read-boolean.ts'
import {
  addChanges,
  exact,
  likely,
  mismatch,
  mostChanges,
  nothing,
  type Rank,
  type Reading,
  rankOf,
  sameValue,
  worse,
} from './reading.ts'
import type { RuleName } from './rule-names.ts'
import type { Change, OutputIssue } from './verdict.ts'
import { type ObjectView, takes, type View } from './view.ts'

/** An object as it is being read: what fits so far, and what does not. */
interface Draft {
  readonly value: Record<string, unknown>
  readonly changes: Change[]
  readonly issues: OutputIssue[]
  rank: Rank
  ambiguous: boolean
}

/** Reads the members that the schema knows, by exact, similar or slipped names, and judges the rest. */
export function alignObject(aligner: Aligner, node: ObjectNode, view: ObjectView): Reading {
  const keys = matchKeys(node, view)
  const draft: Draft = { value: {}, changes: [], issues: [], rank: exact, ambiguous: false }
  for (const name of view.names) {
    const found = keys.byName.get(name)
    if (found !== undefined) readMember(aligner, draft, view, name, found)
    else if (view.required.has(name)) readMissing(aligner, draft, view, name, keys.unknown)
    if (draft.issues.length >= mostIssues) break
  }
  for (const name of view.required) {
    if (view.property(name) === undefined) readUndescribed(aligner, draft, name, keys.unknown)
  }
  for (const member of keys.unknown) readUnknown(aligner, draft, view, member)
  if (isUnrelated(node, view, keys.byName.size, draft)) {
    return mismatch(aligner.path.slice(), describeKeys(view), describeNode(aligner.text, node))
  }
  const cut = node.isUnclosed === true && view.names.find((name) => !keys.byName.has(name))
  if (typeof cut === 'string' && draft.issues.length === 0) {
    const path = [...aligner.path, cut]
    const message = 'may have been cut off: the text ends before the closing brace'
    draft.issues.push({ path, expected: describeWanted(view, cut), got: nothing, message })
    draft.ambiguous = true
  }
  if (draft.issues.length > 0)
    return { ok: false, issues: draft.issues, ambiguous: draft.ambiguous }
  return { ok: true, value: draft.value, rank: draft.rank, changes: draft.changes }
}

/** Whether a value is an object of which the schema knows no key, though it names some. */
export function knowsNoKey(value: unknown, view: View): boolean {
  if (view.kind !== 'object' || view.names.length === 0 || view.additional !== undefined)
    return false
  if (!isRecord(value) || view.patterns.length > 0) return false
  let isEmpty = true
  for (const key in value) {
    if (view.names.includes(key)) return false
    isEmpty = false
  }
  return !isEmpty
}

/** An object of which the schema knows no key says nothing, even where every key is optional. */
function isUnrelated(node: ObjectNode, view: ObjectView, known: number, draft: Draft): boolean {
  if (known > 0 || node.members.length === 0 || view.names.length === 0) return false
  return view.additional === undefined && Object.keys(draft.value).length === 0
}

function readMember(
  aligner: Aligner,
  draft: Draft,
  view: ObjectView,
  name: string,
  found: KeyMatch,
): void {
  const property = view.property(name) as View
  const isOptional = !view.required.has(name)
  aligner.path.push(name)
  const readings = found.values.map((value) => readProperty(aligner, value, property, isOptional))
  const [first] = readings
  for (const reading of readings) {
    if (!reading.ok) addMismatch(draft, reading)
    else if (first?.ok && !sameValue(first.value, reading.value)) {
      addMismatch(draft, conflict(aligner, found.values))
    }
  }
  if (first?.ok) {
    addChange(aligner, draft, found, name)
    if (first.value !== absent) setOwn(draft.value, name, first.value)
    draft.rank = worse(draft.rank, first.rank)
    addChanges(draft.changes, first.changes)
  }
  aligner.path.pop()
}

/** Stands for a property that is left out because it was written as null. */
const absent = Symbol('absent')

function readProperty(aligner: Aligner, node: Node, view: View, isOptional: boolean): Reading {
  const isWord = node.kind === 'bare' || (node.kind === 'string' && !takes(view, 'string'))
  const isNull = isWord && isBareNull(node.text)
  if (!isNull || !isOptional || takes(view, 'null')) return aligner.align(node, view)
  const kind = node.kind === 'bare' ? 'unique' : 'likely'
  const path = aligner.path.slice()
  const change: Change = {
    path,
    rule: 'null-for-absent',
    class: kind,
    before: null,
    after: undefined,
  }
  return { ok: true, value: absent, rank: rankOf(kind), changes: [change] }
}

/** A required property that is not there: perhaps its own properties stand one level too high. */
function readMissing(
  aligner: Aligner,
  draft: Draft,
  view: ObjectView,
  name: string,
  unknown: ObjectNode['members'],
): void {
  const gathered = gatherFlattened(view, name, unknown)
  aligner.path.push(name)
  if (gathered === undefined) {
    addMismatch(
      draft,
      mismatch(aligner.path.slice(), describeWanted(view, name), nothing, 'is missing'),
    )
  } else {
    const reading = aligner.align(gathered.node, view.property(name) as View)
    if (reading.ok) {
      for (const member of gathered.members) unknown.splice(unknown.indexOf(member), 1)
      setOwn(draft.value, name, reading.value)
      draft.rank = likely
      addChanges(draft.changes, reading.changes)
      const before = gathered.members.map((member) => member.key).join(', ')
      const path = aligner.path.slice()
      addChanges(draft.changes, [
        { path, rule: 'flattened', class: 'likely', before, after: reading.value },
      ])
    } else {
      addMismatch(
        draft,
        mismatch(aligner.path.slice(), describeWanted(view, name), nothing, 'is missing'),
      )
    }
  }
  aligner.path.pop()
}

/** A property that is required and not described may be anything, as long as it is there. */
function readUndescribed(
  aligner: Aligner,
  draft: Draft,
  name: string,
  unknown: ObjectNode['members'],
): void {
  if (unknown.some((member) => member.key === name)) return
  draft.issues.push({
    path: [...aligner.path, name],
    expected: 'a value',
    got: nothing,
    message: 'is missing',
  })
}

/** A key that the schema does not name. */
function readUnknown(
  aligner: Aligner,
  draft: Draft,
  view: ObjectView,
  member: ObjectNode['members'][number],
) {
  const { key, value: node } = member
  const views = view.patterns.filter(([pattern]) => pattern.test(key)).map(([, part]) => part())
  if (views.length === 0 && view.additional !== undefined && view.additional.kind !== 'never') {
    views.push(view.additional)
  }
  if (key === '__proto__') return dropKey(aligner, draft, 'unsafe-key', 'unique', member)
  if (views.length === 0) {
    if (view.required.has(key)) return setOwn(draft.value, key, plainValue(node))
    if (aligner.options.unknownKeys === 'refuse') {
      const path = [...aligner.path, key]
      const got = describeNode(aligner.text, node)
      draft.issues.push({ path, expected: 'no such key', got, message: 'is not a known key' })
      return
    }
    const isForbidden = view.additional?.kind === 'never'
    return dropKey(aligner, draft, 'unknown-key', isForbidden ? 'likely' : 'unique', member)
  }
  aligner.path.push(key)
  for (const part of views) {
    const reading = aligner.align(node, part)
    if (!reading.ok) addMismatch(draft, reading)
    else if (Object.hasOwn(draft.value, key) && !sameValue(draft.value[key], reading.value)) {
      if (part === views[0]) addMismatch(draft, conflict(aligner, [node]))
    } else {
      setOwn(draft.value, key, reading.value)
      draft.rank = worse(draft.rank, reading.rank)
      addChanges(draft.changes, reading.changes)
    }
  }
  aligner.path.pop()
}

function dropKey(
  aligner: Aligner,
  draft: Draft,
  rule: RuleName,
  kind: Change['class'],
  member: ObjectNode['members'][number],
): void {
  draft.rank = worse(draft.rank, rankOf(kind))
  if (draft.changes.length >= mostChanges) return
  const before = sourceOf(aligner.text, member.value)
  const path = [...aligner.path, member.key]
  draft.changes.push({ path, rule, class: kind, before, after: undefined })
}

function addChange(aligner: Aligner, draft: Draft, found: KeyMatch, name: string): void {
  const path = aligner.path.slice()
  if (found.rule !== undefined) {
    draft.changes.push({
      path,
      rule: found.rule,
      class: found.class,
      before: found.key,
      after: name,
    })
    draft.rank = worse(draft.rank, rankOf(found.class))
  }
  if (found.values.length > 1) {
    draft.changes.push({ path, rule: 'repeated-key', class: 'lossless', before: name, after: name })
  }
}

function addMismatch(draft: Draft, reading: Reading): void {
  if (reading.ok) return
  draft.issues.push(...reading.issues)
  draft.ambiguous ||= reading.ambiguous === true
}

function conflict(aligner: Aligner, values: readonly Node[]): Reading {
  const got = values.map((value) => describeNode(aligner.text, value)).join(' and ')
  return {
    ok: false,
    ambiguous: true,
    issues: [
      {
        path: aligner.path.slice(),
        expected: 'the key once',
        got: got.slice(0, 60),
        message: 'the key is there more than once, with different values',
      },
    ],
  }
}
