import { isRecord } from '../../base/json.ts'
import { foldSchema } from '../../model/fold-schema.ts'
import type { JsonSchema } from '../../model/message.ts'
import type { OutputFormat } from '../../model/model.ts'
import { type Dialect, dialects, type SchemaDialect, words } from './dialects.ts'
import { isWithin } from './schema-size.ts'

export interface AdaptedSchema {
  readonly schema: JsonSchema
  /** The key under which the answer will stand, where the dialect wants an object at the top. */
  readonly envelope?: string
}

/** The key of an answer that is no object, where the dialect wants one. */
const envelopeKey = 'value'

/**
 * Fits a schema to what a provider accepts, so that its model can be held to it. What the dialect
 * cannot say goes into the descriptions, where the model still reads it; whoever reads the answer
 * validates it against the user's own schema either way.
 *
 * Undefined where the dialect cannot hold a model to the schema: for a map, for anything at all, beyond
 * its limits, and for an optional key that would have to come as null to a reader that wants it absent.
 */
export function adaptSchema(
  { schema, nullsAreAbsent = false }: StructuredFormat,
  name: SchemaDialect,
): AdaptedSchema | undefined {
  const dialect = dialects[name]
  const adapter = new SchemaAdapter(schema, dialect, nullsAreAbsent)
  const adapted = adapter.adaptRoot()
  if (!adapter.isStrict || !isWithin(adapted, dialect.limits)) return undefined
  const isObject = adapted.type === 'object' && adapted.anyOf === undefined
  if (isObject || !dialect.objectAtTop) return { schema: adapted }
  return wrap(adapted)
}

type JsonFormat = Extract<OutputFormat, { type: 'json' }>

/** A structured output whose schema is known. */
export type StructuredFormat = Pick<JsonFormat, 'nullsAreAbsent'> & { readonly schema: JsonSchema }

/** Puts a schema under the envelope's key; one that points into itself by place cannot be moved. */
function wrap(adapted: Record<string, unknown>): AdaptedSchema | undefined {
  const references = JSON.stringify(adapted).matchAll(/"\$ref":"([^"]*)"/g)
  for (const [, reference = ''] of references)
    if (!reference.startsWith('#/$defs/')) return undefined
  const { $defs, ...value } = adapted
  const schema = {
    type: 'object',
    properties: { [envelopeKey]: value },
    required: [envelopeKey],
    additionalProperties: false,
    ...($defs !== undefined && { $defs }),
  }
  return { schema, envelope: envelopeKey }
}

class SchemaAdapter {
  isStrict = true
  private readonly root: JsonSchema
  private readonly dialect: Dialect
  private readonly nullsAreAbsent: boolean

  constructor(root: JsonSchema, dialect: Dialect, nullsAreAbsent: boolean) {
    this.root = root
    this.dialect = dialect
    this.nullsAreAbsent = nullsAreAbsent
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
    const isOpenList = source.type === 'array' && adapted.items === undefined
    if (isOpenList && adapted.prefixItems === undefined) this.isStrict = false
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
    if (closed) {
      const takesOthers = isRecord(additionalProperties) || additionalProperties === true
      const isOpen = source.properties === undefined && additionalProperties === undefined
      if (takesOthers || isOpen || source.patternProperties !== undefined) this.isStrict = false
      adapted.additionalProperties = false
    } else if (isRecord(additionalProperties)) {
      adapted.additionalProperties = this.adapt(additionalProperties)
    }
  }

  private orNull(property: Record<string, unknown>): Record<string, unknown> {
    if (takesNull(property)) return property
    if (!this.nullsAreAbsent) this.isStrict = false
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
