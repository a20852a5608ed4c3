import type { SchemaLimits } from './schema-size.ts'

/**
 * What a provider accepts as a schema that its model is held to:
 * - `openai-strict`: platform.openai.com/docs/guides/structured-outputs
 * - `anthropic`: platform.claude.com/docs/en/build-with-claude/structured-outputs
 * - `gemini`: ai.google.dev/gemini-api/docs/structured-output
 */
export type SchemaDialect = 'openai-strict' | 'anthropic' | 'gemini'

export interface Dialect {
  readonly keywords: ReadonlySet<string>
  readonly formats: ReadonlySet<string>
  /** Every key has to be required. */
  readonly allRequired: boolean
  /** Every object has to forbid other keys; so maps cannot be said. */
  readonly closed: boolean
  /** The top has to be an object. */
  readonly objectAtTop: boolean
  readonly limits: SchemaLimits
}

/** A list of names, written with spaces. */
export const words = (text: string): ReadonlySet<string> => new Set(text.split(' '))

const structure =
  'type properties required items anyOf enum description title $ref $defs additionalProperties'
const commonFormats = 'date-time time date duration email hostname ipv4 ipv6 uuid'

const most = Number.POSITIVE_INFINITY
const unlimited: SchemaLimits = {
  keys: most,
  optional: most,
  unions: most,
  depth: most,
  recursive: true,
}

export const dialects: Readonly<Record<SchemaDialect, Dialect>> = {
  'openai-strict': {
    keywords: words(
      `${structure} minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minItems maxItems`,
    ),
    formats: words(commonFormats),
    allRequired: true,
    closed: true,
    objectAtTop: true,
    limits: { ...unlimited, keys: 5_000, depth: 10 },
  },
  anthropic: {
    keywords: words(structure),
    formats: words(`${commonFormats} uri`),
    allRequired: false,
    closed: true,
    objectAtTop: true,
    // 24 optional keys are documented; schemas with 19 have been refused as too complex.
    limits: { ...unlimited, optional: 16, unions: 16, recursive: false },
  },
  gemini: {
    keywords: words(`${structure} prefixItems minItems maxItems minimum maximum`),
    formats: words('date-time date time'),
    allRequired: false,
    closed: false,
    objectAtTop: false,
    limits: unlimited,
  },
}
