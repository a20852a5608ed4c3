import type { Detector } from '../detector.ts'
import type { Scan } from '../scan.ts'
import { characterClasses } from '../validators/entropy.ts'
import { type AssignedValue, isPlaceholder, readValue } from './assigned-value.ts'

const words =
  'password passwords passwd passwort kennwort passphrase passcode pwd pw pass pin contraseña clave mdp passe senha wachtwoord hasło haslo lösenord passord parola salasana şifre heslo пароль identified'
const verb =
  '(?:is|was|are|were|ist|war|lautet|es|era|est|è|é|foi|jest|on|by|to|=|->|→|as|set to|changed to|reset to)(?: (?:now|set to|still|:))?:? '
const preposition = ' (?:for|of|to|on|für|de|del|du|da|per|voor|do) '
/** What links the word to its value in a sentence; a colon or equals sign is the other detector's. */
const link = new RegExp(
  `(?: \\([^()\\n]{1,40}\\))?(?:${preposition}(?:[\\w.'-]{1,24} ){1,3}?(${verb})| (?:again|here|code|number) (${verb})| (${verb})?)`,
  'iy',
)

/** Passwords told in sentences: `my password is …`, `the admin pw was …`, `user bob pass …`. */
export const passwordPhrase: Detector = {
  triggers: ['word'],
  words: words.split(' '),
  detect(scan, start, end) {
    const word = scan.text.slice(start, end).toLowerCase()
    const value = linkedValue(scan, end, word) ?? strikingValue(scan, end)
    if (value) scan.report('PASSWORD', value.start, value.end, 'context')
  },
}

function linkedValue(scan: Scan, end: number, word: string): AssignedValue | undefined {
  link.lastIndex = end
  const match = link.exec(scan.text)
  if (!match) return undefined
  const value = readValue(scan, end + match[0].length)
  if (!value || isPlaceholder(value)) return undefined
  if (value.text.includes(' ') && word !== 'passphrase') return undefined
  if (/^(?:pin|passcode)$/.test(word)) return /^\d{4,8}$/.test(value.text) ? value : undefined
  if (value.quoted) return value
  const isLinked = match.slice(1).some((group) => group !== undefined)
  return (isLinked ? isTelling(value.text) : isStriking(value.text)) ? value : undefined
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
  if (value.length < 6 || !/^[a-z!#$@&*]/i.test(value)) return false
  return /\d/.test(value) && (characterClasses(value) > 1 || /[!#$@&*]/.test(value))
}

/** Further on in the sentence: eight characters of all four kinds are a password. */
const striking =
  /[ "'(](?=[^\s"']{0,30}[a-z])(?=[^\s"']{0,30}[A-Z])(?=[^\s"']{0,30}\d)(?=[^\s"']{0,30}[!@#$%^&*?])([^\s"']{8,40})/
/** A digit is what sentences have least of. */
const mayStrike = /\d/
const sentenceReach = 64

function strikingValue(scan: Scan, end: number): AssignedValue | undefined {
  const sentence = scan.text.slice(end, end + sentenceReach).split(/[\n;]|[.?!] /, 2)
  const rest =
    (sentence[0] ?? '').length < 3 ? `${sentence[0]}  ${sentence[1]}` : (sentence[0] ?? '')
  const match = mayStrike.test(rest) ? striking.exec(rest) : null
  const text = match?.[1]?.replace(/[.,)]+$/, '')
  if (!match || !text || text.includes('\uE000') || text.includes('://')) return undefined
  const start = scan.text.indexOf(text, end)
  return { start, end: start + text.length, text, quoted: false }
}
