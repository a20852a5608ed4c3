import { isRecord } from '../base/json.ts'
import type { JsonSchema } from '../model/message.ts'
import { foldSchema } from './fold-schema.ts'

/**
 * What a provider accepts as a schema that its model is held to:
 * - `json-schema`: all of JSON Schema, as a hint; nothing is changed
 * - `openai-strict`: platform.openai.com/docs/guides/structured-outputs
 * - `anthropic`: platform.claude.com/docs/en/build-with-claude/structured-outputs
 * - `gemini`: ai.google.dev/gemini-api/docs/structured-output, as `responseJsonSchema`
 */
export type SchemaDialect = 'json-schema' | 'openai-strict' | 'anthropic' | 'gemini'

export interface AdaptedSchema {
  readonly schema: JsonSchema
  /** Whether the provider can hold its model to it; false where it says more than the dialect can. */
  readonly isStrict: boolean
  /** Optional keys became required ones that may be null: a null is to be read as "not there". */
  readonly nullsAreAbsent: boolean
  /** The key under which the answer will stand, where the dialect wants an object at the top. */
  readonly envelope?: string
}

interface Dialect {
  readonly keywords: ReadonlySet<string>
  readonly formats: ReadonlySet<string>
  /** Every key has to be required. */
  readonly allRequired: boolean
  /** Every object has to forbid other keys; so maps cannot be said. */
  readonly closed: boolean
  /** The top has to be an object. */
  readonly objectAtTop: boolean
}

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '))

const structure =
  'type properties required items anyOf enum description title $ref $defs additionalProperties'
const commonFormats = 'date-time time date duration email hostname ipv4 ipv6 uuid'

const dialects: Readonly<Record<Exclude<SchemaDialect, 'json-schema'>, Dialect>> = {
  'openai-strict': {
    keywords: words(
      `${structure} minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minItems maxItems`,
    ),
    formats: words(commonFormats),
    allRequired: true,
    closed: true,
    objectAtTop: true,
  },
  anthropic: {
    keywords: words(structure),
    formats: words(`${commonFormats} uri`),
    allRequired: false,
    closed: true,
    objectAtTop: true,
  },
  gemini: {
    keywords: words(`${structure} prefixItems minItems maxItems minimum maximum`),
    formats: words('date-time date time'),
    allRequired: false,
    closed: false,
    objectAtTop: false,
  },
}

/** The key of an answer that is no object, where the dialect wants one. */
const envelopeKey = 'value'

/**
 * Fits a schema to what a provider accepts. What the dialect cannot say goes into the descriptions,
 * where the model still reads it; the answer is validated against the user's own schema either way.
 */
export function adaptSchema(schema: JsonSchema, dialect: SchemaDialect): AdaptedSchema {
  if (dialect === 'json-schema') return { schema, isStrict: true, nullsAreAbsent: false }
  const adapter = new SchemaAdapter(schema, dialects[dialect])
  const adapted = adapter.adaptRoot()
  const { isStrict, nullsAreAbsent } = adapter
  const isObject = adapted.type === 'object' && adapted.anyOf === undefined
  if (isObject || !dialects[dialect].objectAtTop) {
    return { schema: adapted, isStrict, nullsAreAbsent }
  }
  const { $defs, ...value } = adapted
  const wrapped = {
    type: 'object',
    properties: { [envelopeKey]: value },
    required: [envelopeKey],
    additionalProperties: false,
    ...($defs !== undefined && { $defs }),
  }
  return { schema: wrapped, isStrict, nullsAreAbsent, envelope: envelopeKey }
}

class SchemaAdapter {
  isStrict = true
  nullsAreAbsent = false
  private readonly root: JsonSchema
  private readonly dialect: Dialect

  constructor(root: JsonSchema, dialect: Dialect) {
    this.root = root
    this.dialect = dialect
  }

  adaptRoot(): Record<string, unknown> {
    const adapted = this.adapt(this.root)
    const { $defs } = this.root
    if (!isRecord($defs)) return adapted
    const parts = Object.entries($defs).map(([name, part]) => [name, this.adapt(part)] as const)
    return { ...adapted, $defs: Object.fromEntries(parts) }
  }

  private adapt(part: unknown): Record<string, unknown> {
    // `true` and `{}` take anything, which no strict mode can be held to.
    if (!isRecord(part) || Object.keys(part).length === 0) {
      this.isStrict = false
      return {}
    }
    if (typeof part.$ref === 'string' && part.allOf === undefined) return { $ref: part.$ref }
    const source = foldSchema(part, this.root)
    const moved: string[] = []
    const adapted: Record<string, unknown> = {}
    for (const [keyword, value] of Object.entries(source)) {
      this.adaptKeyword(adapted, keyword, value, moved)
    }
    this.adaptTuple(adapted, source)
    if (adapted.properties !== undefined || source.type === 'object') {
      this.adaptObject(adapted, source)
    }
    return describe(adapted, moved)
  }

  private adaptKeyword(
    adapted: Record<string, unknown>,
    keyword: string,
    value: unknown,
    moved: string[],
  ): void {
    const isKept = this.dialect.keywords.has(keyword)
    if (keyword === 'const') adapted.enum = [value]
    else if ((keyword === 'anyOf' || keyword === 'oneOf') && Array.isArray(value)) {
      adapted.anyOf = value.map((branch) => this.adapt(branch))
    } else if (keyword === 'items' && isRecord(value)) adapted.items = this.adapt(value)
    else if (keyword === 'prefixItems' && isKept && Array.isArray(value)) {
      adapted.prefixItems = value.map((item) => this.adapt(item))
    } else if (keyword === 'format') {
      if (this.dialect.formats.has(String(value))) adapted.format = value
      else moved.push(`format: ${String(value)}`)
    } else if (structural.has(keyword)) return
    else if (isKept) adapted[keyword] = value
    else if (!silent.has(keyword)) {
      const text = JSON.stringify(value)
      if (text.length <= longestMoved) moved.push(`${keyword}: ${text}`)
    }
  }

  /** A tuple becomes a list of its length whose items are one of its parts. */
  private adaptTuple(adapted: Record<string, unknown>, source: Record<string, unknown>): void {
    const { prefixItems } = source
    if (!Array.isArray(prefixItems) || adapted.prefixItems !== undefined) return
    const parts = prefixItems.map((item) => this.adapt(item))
    adapted.items = parts.length === 1 ? parts[0] : { anyOf: parts }
  }

  private adaptObject(adapted: Record<string, unknown>, source: Record<string, unknown>): void {
    const { closed, allRequired } = this.dialect
    const properties = isRecord(source.properties) ? source.properties : {}
    const required = new Set(Array.isArray(source.required) ? source.required.map(String) : [])
    const adaptedProperties: Record<string, unknown> = {}
    for (const [name, part] of Object.entries(properties)) {
      const property = this.adapt(part)
      const isOpen = allRequired && !required.has(name)
      adaptedProperties[name] = isOpen ? this.orNull(property) : property
    }
    adapted.properties = adaptedProperties
    adapted.required = allRequired ? Object.keys(properties) : [...required]
    const { additionalProperties } = source
    const isMap = isRecord(additionalProperties) && Object.keys(properties).length === 0
    if (closed) {
      if (isMap || source.patternProperties !== undefined) this.isStrict = false
      adapted.additionalProperties = false
    } else if (isRecord(additionalProperties)) {
      adapted.additionalProperties = this.adapt(additionalProperties)
    }
  }

  private orNull(property: Record<string, unknown>): Record<string, unknown> {
    if (takesNull(property)) return property
    this.nullsAreAbsent = true
    const { description, ...rest } = property
    const union = { anyOf: [rest, { type: 'null' }] }
    return description === undefined ? union : { ...union, description }
  }
}

/** A keyword longer than this, such as the pattern behind `format: email`, tells a model nothing. */
const longestMoved = 120

/** Keywords that are handled where their schema is put together. */
const structural = words(
  'properties required additionalProperties patternProperties prefixItems $defs items',
)
/** Keywords that say nothing a model needs to be told. */
const silent = words(
  '$schema $id $anchor $comment default examples propertyNames readOnly writeOnly deprecated',
)

/** Adds what had to be moved to the description. */
function describe(
  schema: Record<string, unknown>,
  moved: readonly string[],
): Record<string, unknown> {
  if (moved.length === 0) return schema
  const known = typeof schema.description === 'string' ? `${schema.description} ` : ''
  return { ...schema, description: `${known}(${moved.join(', ')})` }
}

function takesNull(schema: Record<string, unknown>): boolean {
  if (schema.type === 'null') return true
  if (Array.isArray(schema.type) && schema.type.includes('null')) return true
  if (Array.isArray(schema.enum) && schema.enum.includes(null)) return true
  return (
    Array.isArray(schema.anyOf) && schema.anyOf.some((part) => isRecord(part) && takesNull(part))
  )
}
