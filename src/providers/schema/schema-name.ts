/** The name of an output as protocols take it: 1 to 64 letters, digits, `_` and `-`. */
export function schemaName(name = 'answer'): string {
  return name.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 64) || 'answer'
}
