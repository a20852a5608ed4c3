import type { Detector, Scan } from '../scan.ts'
import { characterClasses } from '../validators/entropy.ts'
import { isPlaceholder, readValue } from './assigned-value.ts'

const words =
  'password passwords passwd passwort kennwort passphrase passcode pwd pw pass pin passwordt contraseña clave mdp passe senha wachtwoord hasło haslo lösenord passord parola salasana şifre heslo пароль'
const verb =
  '(?:is|was|are|were|ist|war|lautet|es|era|est|è|é|foi|jest|on|to|=|->|→|as|set to|changed to|reset to)(?:[ ](?:now|set to|still|:))?:?[ ]'
/** What links the word to its value in a sentence; a colon or equals sign is the other detector's. */
const link = new RegExp(
  `(?:[ ](?:for|of|to|on|für|de|del|du|da|per|voor|do)[ ](?:[\\w.'-]{1,24}[ ]){1,3}?(${verb})|[ ](?:again|here|code|number)[ ](${verb})|[ ](${verb})?)`,
  'iy',
)
const tag = /[ ]?(?:[^<>]{0,40})>/y

/** Passwords told in sentences: `my password is …`, `the admin pw was …`, `user bob pass …`. */
export const passwordPhrase: Detector = {
  triggers: ['word'],
  words: words.split(' '),
  detect(scan, start, end) {
    const text = scan.text
    if (text[end] === '>' || /^<\w*$/.test(text.slice(start - 10, start).split('\n').at(-1) ?? '')) {
      return detectTag(scan, end)
    }
    if (text[end] !== ' ') return
    link.lastIndex = end
    const match = link.exec(text)
    if (!match) return
    const linked = match.slice(1).some((group) => group !== undefined)
    const value = readValue(scan, end + match[0].length)
    if (!value || value.text.includes(' ') || isPlaceholder(value)) return
    const isPin = /^(?:pin|passcode)$/i.test(text.slice(start, end))
    const told = value.quoted || (linked ? isTelling(value.text) : isStriking(value.text))
    if (told || (isPin && /^\d{4,8}$/.test(value.text))) {
      scan.report('PASSWORD', value.start, value.end, 'context')
    }
  },
}

/** The text of an XML element named as a password. */
function detectTag(scan: Scan, end: number): void {
  tag.lastIndex = end
  const length = tag.exec(scan.text)?.[0].length
  if (length === undefined) return
  const from = end + length
  const close = scan.text.indexOf('<', from)
  if (close <= from || close - from > 128 || scan.text[close + 1] !== '/') return
  const value = { start: from, end: close, text: scan.text.slice(from, close), quoted: true }
  if (!isPlaceholder(value)) scan.report('PASSWORD', from, close, 'context')
}

/** After "is": no English word; a digit, a sign or a capital inside gives a password away. */
function isTelling(value: string): boolean {
  if (value.length < 4 || /^\d{1,3}$|^\d+[%.]|^\d+-\w+$/.test(value)) return false
  if (/\d/.test(value) && !/^\d+(?:st|nd|rd|th|s|x|k|%)$/i.test(value)) return true
  if (/[!#$^*_~@&+=?]/.test(value.replace(/[!?]+$/, ''))) return true
  return /[a-z][A-Z]/.test(value) || /^\w+(?:-\w+){2,}$/.test(value) || /\w!$/.test(value)
}

/** Directly after the word, where prose goes on: only a mixture that no sentence contains. */
function isStriking(value: string): boolean {
  return value.length >= 6 && /\d/.test(value) && (characterClasses(value) >= 2 || /[!#$@&*]/.test(value))
    && /[a-z]/i.test(value) && !/^\d/.test(value)
}
