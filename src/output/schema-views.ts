import { isRecord } from '../base/json.ts'
import { foldSchema, mergeSchemas, plainReference } from '../model/fold-schema.ts'
import type { JsonSchema } from '../model/message.ts'
import { normalizeName } from './normalize-name.ts'
import type { ArrayView, NumberView, ObjectView, ScalarView, View } from './view.ts'

const anyView: View = { kind: 'any' }
const neverView: View = { kind: 'never' }
const nullView: ScalarView = scalarView('null', {})

/**
 * Makes views of the parts of one schema document, each when it is asked for, so that a recursive
 * schema costs only what the data reaches.
 */
export class SchemaViews {
  private readonly root: JsonSchema
  private readonly views = new WeakMap<object, View>()

  constructor(root: JsonSchema) {
    this.root = root
  }

  /** The view of the whole schema. */
  get rootView(): View {
    return this.viewOf(this.root)
  }

  viewOf(schema: unknown): View {
    if (!isRecord(schema)) return schema === false ? neverView : anyView
    const known = this.views.get(schema)
    if (known !== undefined) return known
    // A schema that refers to itself without data in between says nothing about the data.
    this.views.set(schema, anyView)
    const target = plainReference(schema, this.root)
    const view =
      target === undefined ? this.build(foldSchema(schema, this.root)) : this.viewOf(target)
    this.views.set(schema, view)
    return view
  }

  private build(schema: Record<string, unknown>): View {
    if ('const' in schema) return { kind: 'choice', values: [schema.const] }
    if (Array.isArray(schema.enum)) return this.withNull(schema, choiceOf(schema.enum))
    const branches = schema.anyOf ?? schema.oneOf
    if (Array.isArray(branches)) return this.unionOf(schema, branches)
    const { type } = schema
    if (Array.isArray(type)) {
      return union(type.map((one) => this.build({ ...schema, type: one, nullable: undefined })))
    }
    return this.withNull(
      schema,
      this.typed(typeof type === 'string' ? type : impliedType(schema), schema),
    )
  }

  private withNull(schema: Record<string, unknown>, view: View): View {
    return schema.nullable === true ? union([view, nullView]) : view
  }

  /** What stands beside `anyOf` holds for each of its branches. */
  private unionOf(schema: Record<string, unknown>, branches: readonly unknown[]): View {
    const { anyOf: _any, oneOf: _one, $defs: _defs, ...shared } = schema
    const isPlain = !['properties', 'required', 'items', 'type', 'additionalProperties'].some(
      (key) => key in shared,
    )
    const views = branches.map((branch) => {
      if (isPlain || !isRecord(branch)) return this.viewOf(branch)
      return this.build(mergeSchemas(shared, foldSchema(branch, this.root)))
    })
    return this.withNull(schema, union(views))
  }

  private typed(type: string | undefined, schema: Record<string, unknown>): View {
    switch (type) {
      case 'object':
        return this.objectView(schema)
      case 'array':
        return this.arrayView(schema)
      case 'string':
      case 'boolean':
      case 'null':
        return scalarView(type, schema)
      case 'number':
      case 'integer':
        return numberView(type === 'integer', schema)
      default:
        return anyView
    }
  }

  private objectView(schema: Record<string, unknown>): ObjectView {
    const properties = isRecord(schema.properties) ? schema.properties : {}
    const names = Object.keys(properties)
    const { additionalProperties, required } = schema
    const views = this
    return {
      kind: 'object',
      names,
      property: (name) =>
        Object.hasOwn(properties, name) ? this.viewOf(properties[name]) : undefined,
      byNormalName: normalNames(names),
      required: new Set(Array.isArray(required) ? required.map(String) : []),
      get additional() {
        return additionalProperties === undefined ? undefined : views.viewOf(additionalProperties)
      },
      patterns: this.patternsOf(schema.patternProperties),
    }
  }

  private patternsOf(patterns: unknown): readonly (readonly [RegExp, () => View])[] {
    if (!isRecord(patterns)) return []
    return Object.entries(patterns).flatMap(([source, part]) => {
      const pattern = toRegExp(source)
      return pattern === undefined ? [] : [[pattern, () => this.viewOf(part)] as const]
    })
  }

  private arrayView(schema: Record<string, unknown>): ArrayView {
    const { items } = schema
    const prefix = Array.isArray(schema.prefixItems)
      ? schema.prefixItems
      : Array.isArray(items)
        ? items
        : []
    const views = this
    return {
      kind: 'array',
      get prefix() {
        return prefix.map((part) => views.viewOf(part))
      },
      get items() {
        return Array.isArray(items) ? anyView : views.viewOf(items ?? true)
      },
      minItems: numberOr(schema.minItems, 0),
      maxItems: numberOr(schema.maxItems, Number.POSITIVE_INFINITY),
    }
  }
}

function normalNames(names: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const shared = new Set<string>()
  for (const name of names) {
    const normal = normalizeName(name)
    if (found.has(normal)) shared.add(normal)
    found.set(normal, name)
  }
  for (const normal of shared) found.delete(normal)
  return found
}

function union(views: readonly View[]): View {
  const branches = views.flatMap((view) => (view.kind === 'union' ? view.branches : [view]))
  const choices = branches.filter((view) => view.kind === 'choice')
  if (choices.length === branches.length) {
    return { kind: 'choice', values: choices.flatMap((view) => view.values) }
  }
  return branches.length === 1 ? (branches[0] as View) : { kind: 'union', branches }
}

/** An enum that has null among its values is a choice of the others, or null. */
function choiceOf(values: readonly unknown[]): View {
  const others = values.filter((value) => value !== null)
  const choice: View = { kind: 'choice', values: others }
  return others.length === values.length ? choice : union([choice, nullView])
}

function scalarView(kind: ScalarView['kind'], schema: Record<string, unknown>): ScalarView {
  return {
    kind,
    pattern: typeof schema.pattern === 'string' ? toRegExp(schema.pattern) : undefined,
    format: typeof schema.format === 'string' ? schema.format : undefined,
    minLength: numberOr(schema.minLength, 0),
    maxLength: numberOr(schema.maxLength, Number.POSITIVE_INFINITY),
  }
}

function numberView(integer: boolean, schema: Record<string, unknown>): NumberView {
  return {
    kind: 'number',
    integer,
    minimum: numberOr(schema.minimum, Number.NEGATIVE_INFINITY),
    maximum: numberOr(schema.maximum, Number.POSITIVE_INFINITY),
    exclusiveMinimum: numberOr(schema.exclusiveMinimum, Number.NEGATIVE_INFINITY),
    exclusiveMaximum: numberOr(schema.exclusiveMaximum, Number.POSITIVE_INFINITY),
    multipleOf: typeof schema.multipleOf === 'number' ? schema.multipleOf : undefined,
  }
}

/** The type that the other keywords speak of, where `type` is not given. */
function impliedType(schema: Record<string, unknown>): string | undefined {
  const has = (...keys: string[]) => keys.some((key) => key in schema)
  if (has('properties', 'required', 'additionalProperties', 'patternProperties')) return 'object'
  if (has('items', 'prefixItems', 'minItems')) return 'array'
  if (has('pattern', 'minLength', 'maxLength', 'format')) return 'string'
  if (has('minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'))
    return 'number'
  return undefined
}

/** A pattern of JSON Schema; undefined where this engine cannot read it. */
function toRegExp(source: string): RegExp | undefined {
  try {
    return new RegExp(source, 'u')
  } catch {
    return undefined
  }
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise
}
