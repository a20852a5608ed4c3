import type { Detector } from '../detector.ts'

/**
 * Codes that let somebody in once. Digits so few are told only by the name directly in front of them.
 */
const link =
  '(?: (?:code|number|no\\.?|pin))?(?: (?:is|was|ist|lautet|est|es|è|é|to|это))?[ ]?[:=#-]?[ ]?["\']?'
const oneTime = new RegExp(`${link}(\\d{4,8}|\\d{3}[- ]\\d{3})(?![\\w./:-]|,\\d)`, 'iyu')
const codeWords = ['otp', 'totp', 'mtan', 'bestätigungscode', 'sicherheitscode', 'einmalcode']
/** `code` and its like name a secret only with these words around them. */
const before =
  /(?:verification|confirmation|one[- ]time|login|log-in|sign-in|2fa|mfa|sms|passcode|authentication|access) $/
const after: Readonly<Record<string, RegExp>> = {
  code: /^ (?:de (?:vérification|confirmation)|di verifica)/iu,
  código: /^ de (?:verificación|confirmación|verificação|confirmação)/iu,
  codice: /^ di (?:verifica|conferma)/iu,
  код: /^ (?:подтверждения|проверки|доступа)/iu,
}

/** One-time passwords and codes: `The OTP is 482913`. */
export const oneTimeCode: Detector = {
  triggers: ['word'],
  words: [...codeWords, ...Object.keys(after)],
  detect(scan, start, end) {
    const word = scan.text.slice(start, end).toLowerCase()
    let from = end
    if (word in after) {
      const phrase = after[word]?.exec(scan.text.slice(end, end + 24))?.[0]
      if (phrase === undefined && !before.test(scan.before(start, 24))) return
      from += phrase?.length ?? 0
    }
    oneTime.lastIndex = from
    const match = oneTime.exec(scan.text)
    const code = match?.[1]
    if (!match || code === undefined || /^(?:19|20)\d\d$/.test(code)) return
    const last = from + match[0].length
    scan.report('PASSWORD', last - code.length, last, 'context')
  },
}
