import { isDeepStrictEqual } from 'node:util'
import type { JsonObject } from '../../base/json.ts'
import type { WorkingState } from '../../model/conversation.ts'
import { encodeJson } from './encode-json.ts'
import { isJsonObject } from './json-shapes.ts'
import { mergePatch } from './merge-patch.ts'

/**
 * The working state after a patch, with its JSON text; undefined where the patch changes nothing. The
 * state shares no object with the patch.
 */
export function patchedState(
  current: WorkingState,
  patch: JsonObject,
): { readonly state: WorkingState; readonly text: string } | undefined {
  const merged = mergePatch(current.value, patch)
  const text = encodeJson(merged, 'working state', isJsonObject)
  const value: JsonObject = JSON.parse(text)
  if (isDeepStrictEqual(value, current.value)) return undefined
  return { state: { value, version: current.version + 1 }, text }
}
