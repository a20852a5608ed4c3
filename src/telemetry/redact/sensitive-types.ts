/** The kinds of sensitive values that the built-in detectors know, as they appear in placeholders. */
export const sensitiveTypes = [
  'PRIVATE_KEY',
  'JWT',
  'CREDIT_CARD',
  'IBAN',
  'CRYPTO_WALLET',
  'API_KEY',
  'URL_CREDENTIAL',
  'PASSWORD',
  'EMAIL',
  'US_SSN',
  'NATIONAL_ID',
  'PASSPORT',
  'DATE_OF_BIRTH',
  'PHONE',
  'IP_ADDRESS',
  'MAC_ADDRESS',
  'STREET_ADDRESS',
  'PERSON',
] as const

export type SensitiveType = (typeof sensitiveTypes)[number]

/** Person names have no checkable form; they stay off until asked for. */
const offByDefault: ReadonlySet<string> = new Set<SensitiveType>(['PERSON'])

/**
 * Decides which types a redactor looks for: all but `PERSON`, then the caller's switches.
 *
 * @throws RangeError when a switch names a type that does not exist.
 */
export function enabledTypes(
  switches: Partial<Record<SensitiveType, boolean>> = {},
): ReadonlySet<string> {
  const enabled = new Set<string>(sensitiveTypes.filter((type) => !offByDefault.has(type)))
  for (const [type, on] of Object.entries(switches)) {
    if (!(sensitiveTypes as readonly string[]).includes(type)) {
      throw new RangeError(
        `redactor option "types" names "${type}"; use one of ${sensitiveTypes.join(', ')}`,
      )
    }
    if (on) enabled.add(type)
    else enabled.delete(type)
  }
  return enabled
}
