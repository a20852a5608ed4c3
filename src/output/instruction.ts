import type { JsonSchema } from '../model/message.ts'
import type { ModelCapabilities } from '../model/model.ts'

/**
 * The words that tell a model the schema where the request cannot. Empty for a model that follows a
 * schema by itself: there the same words would cost tokens twice.
 */
export function writeInstruction(
  schema: JsonSchema,
  structuredOutput: ModelCapabilities['structuredOutput'],
): string {
  if (structuredOutput === 'json-schema') return ''
  const lines = [
    'Answer with one JSON value that matches this JSON Schema, and nothing else:',
    JSON.stringify(schema),
  ]
  if (structuredOutput === 'none') {
    lines.push('No text before or after it, no code fence, no comments, double quotes only.')
  }
  return lines.join('\n')
}
