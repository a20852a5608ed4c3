/**
 * Tokens of input and output together, by the beginning of the model's id, as the vendors publish
 * them (platform.openai.com/docs/models, docs.claude.com/en/docs/about-claude/models). The first
 * that fits counts.
 */
const windows: readonly (readonly [string, number])[] = [
  ['gpt-5-chat', 128_000],
  ['gpt-5', 400_000],
  ['gpt-4.1', 1_047_576],
  ['gpt-4o', 128_000],
  ['o1', 200_000],
  ['o3', 200_000],
  ['o4', 200_000],
  ['claude-', 200_000],
]

/** The window of a model, or undefined where it is not known: it is never guessed. */
export function contextWindowOf(modelId: string): number | undefined {
  return windows.find(([beginning]) => modelId.startsWith(beginning))?.[1]
}
