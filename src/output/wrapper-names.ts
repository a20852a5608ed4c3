import { normalizeName } from './normalize-name.ts'

/** The names by which models wrap an answer, and by which the wrappers can be told from it. */

/** Names that say "here is the answer"; around a nested value no other name is an envelope. */
const envelopeNames = new Set(
  'answer arguments args content data input json object output parameters payload properties response result results return toolinput value'.split(
    ' ',
  ),
)

/** Where a tool call keeps its data. */
export const argumentNames: ReadonlySet<string> = new Set(
  'arguments args input parameters toolinput function'.split(' '),
)

/** What else a tool call says about itself. */
export const callNames: ReadonlySet<string> = new Set(
  'callid function id index name recipientname tool toolcallid toolname type'.split(' '),
)

/** Where a response of a service keeps what was asked for. */
export const payloadNames: ReadonlySet<string> = new Set(
  'answer data items output payload response result results value'.split(' '),
)

/** What else a schema says about itself. */
export const schemaNames: ReadonlySet<string> = new Set(
  'schema type title required description additionalproperties'.split(' '),
)

export const isEnvelopeName = (key: string): boolean => envelopeNames.has(normalizeName(key))

/** Whether a key may be part of a wrapper, so that the object around it may not be the answer. */
export function isWrapperName(key: string): boolean {
  const name = normalizeName(key)
  return [argumentNames, callNames, schemaNames].some((names) => names.has(name))
}
