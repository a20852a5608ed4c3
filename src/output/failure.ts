import type { SchemaIssue } from '../model/schema.ts'
import type { Failed } from './choose-value.ts'
import type { Match } from './reading.ts'
import { type OutputFailure, type OutputIssue, type Path, shorten } from './verdict.ts'

/** More issues than this help neither a model nor a person. */
const mostIssues = 16

/** The failure of an answer, with the part of its text that shows it. */
export function failureOf(text: string, failed: Failed): OutputFailure {
  return {
    cause: failed.cause,
    issues: failed.issues.slice(0, mostIssues),
    excerpt: excerptAt(text, failed.at),
  }
}

/** The failure that the user's own schema found in a value that fits its JSON Schema. */
export function rejectedBySchema(
  text: string,
  value: unknown,
  issues: readonly SchemaIssue[],
): OutputFailure {
  const described = issues.slice(0, mostIssues).map((issue): OutputIssue => {
    const got = shorten(JSON.stringify(valueAt(value, issue.path)) ?? 'nothing', 60)
    return { path: issue.path, expected: issue.message, got, message: issue.message }
  })
  return { cause: 'schema', issues: described, excerpt: excerptAt(text, 0) }
}

/** A reading that needs `likely` changes where the policy does not allow them. */
export function notAllowed(text: string, reading: Match): OutputFailure {
  const issues = reading.changes
    .filter((change) => change.class === 'likely')
    .slice(0, mostIssues)
    .map((change): OutputIssue => {
      const expected = shorten(JSON.stringify(change.after) ?? 'nothing', 60)
      const got = shorten(String(change.before), 60)
      return { path: change.path, expected, got, message: `is only likely to mean ${expected}` }
    })
  return { cause: 'ambiguous', issues, excerpt: excerptAt(text, 0), proposal: reading.value }
}

function excerptAt(text: string, at: number): string {
  return shorten(text.slice(Math.max(0, at - 60), at + 141), 200)
}

function valueAt(value: unknown, path: Path): unknown {
  let found = value
  for (const key of path) {
    if (typeof found !== 'object' || found === null) return undefined
    found = (found as Record<string | number, unknown>)[key]
  }
  return found
}
