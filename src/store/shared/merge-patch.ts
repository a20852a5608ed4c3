import { isRecord, type Json, type JsonObject } from '../../base/json.ts'

/**
 * JSON Merge Patch (RFC 7396) of an object by an object: null removes a key, an object is merged, any
 * other value replaces. Neither argument is changed.
 *
 * @example mergePatch({ a: 1, b: { c: 2, d: 3 } }, { a: null, b: { c: 4 } }) // { b: { c: 4, d: 3 } }
 */
export function mergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  // A map and not an object, since assigning the key `__proto__` to an object sets its prototype.
  const merged = new Map<string, Json>(Object.entries(target))
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key)
    else
      merged.set(key, isObject(value) ? mergePatch(objectOrEmpty(merged.get(key)), value) : value)
  }
  return Object.fromEntries(merged)
}

function objectOrEmpty(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {}
}

function isObject(value: Json | undefined): value is JsonObject {
  return isRecord(value)
}
