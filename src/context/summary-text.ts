/** What a summary holds. Each entry is one sentence. */
export interface SummaryContent {
  readonly facts: readonly string[]
  readonly decisions: readonly string[]
  readonly openQuestions: readonly string[]
  readonly preferences: readonly string[]
}

const headings: Readonly<Record<keyof SummaryContent, string>> = {
  facts: 'Facts:',
  decisions: 'Decisions:',
  openQuestions: 'Open questions:',
  preferences: 'Preferences:',
}

export const summarySections = Object.keys(headings) as readonly (keyof SummaryContent)[]

/** A summary as text: a heading and a list for each section that has entries. */
export function renderSummary(content: SummaryContent): string {
  return summarySections
    .filter((section) => content[section].length > 0)
    .map((section) =>
      [headings[section], ...content[section].map((entry) => `- ${entry}`)].join('\n'),
    )
    .join('\n')
}

/** Reads a text that `renderSummary` wrote; lines under no heading of ours are taken as facts. */
export function parseSummary(text: string): SummaryContent {
  const content = { facts: [], decisions: [], openQuestions: [], preferences: [] } as {
    [Section in keyof SummaryContent]: string[]
  }
  let section: keyof SummaryContent = 'facts'
  for (const line of text.split('\n')) {
    const heading = summarySections.find((each) => headings[each] === line.trim())
    if (heading) section = heading
    else if (line.trim() !== '') content[section].push(line.replace(/^\s*-\s*/, '').trim())
  }
  return content
}
