import type { Detector } from '../detector.ts'

/** `credentials: admin / Adm1n!23`, `login bob:s3cret`; the password part has to look like one. */
const pair =
  /[ ]?(?:are|is|:|=|with)?[ :="']{1,3}[\w.@-]{2,40}["']?[ ]?[:/|][ ]?["']?([^\s"',;/:]{4,64})/iy
/** The text of a Wi-Fi QR code: `WIFI:S:name;T:WPA;P:password;;`. */
const network = /:(?:[STHE]:[^;\n]{0,64};){1,3}P:([^;\n]{4,64});/y

/** Passwords told together with a user name or a network. */
export const login: Detector = {
  triggers: ['word'],
  words:
    'credentials credential creds login logins zugangsdaten identifiants credenciales wifi'.split(
      ' ',
    ),
  detect(scan, _start, end) {
    for (const form of [network, pair]) {
      form.lastIndex = end
      const match = form.exec(scan.text)
      const password = match?.[1]?.replace(/[.)]+$/, '')
      if (!match || !password || !looksChosen(password)) continue
      const start = end + match[0].lastIndexOf(password)
      scan.report('PASSWORD', start, start + password.length, 'context')
      return
    }
  },
}

/** A digit or a sign among the letters; addresses and times have them too but no letters or a dot. */
function looksChosen(text: string): boolean {
  return /[a-z]/i.test(text) && /[\d!#$%&*@^_-]/.test(text)
}
