import type { Detector } from '../detector.ts'

const name =
  "\\p{Lu}[\\p{L}'-]+(?: (?:van|von|de|der|den|da|dos|del|la|bin|al|el|ten|O')){0,2}(?: \\p{Lu}[\\p{L}'.-]*){0,3}"
const introduction =
  /(?:name is|name's|name:|named|called|i am|i'm|dear|hi|hello|regards,|sincerely,|mrs?\.?|ms\.?|dr\.?|prof\.?|patient|customer|heiße|ich bin|frau|herr|je m'appelle|me llamo|mi chiamo|from:|attn:?)\s+/iy
const fullName = new RegExp(name, 'yu')
const notNames =
  /^(?:sir|madam|all|team|everyone|there|the|this|that|i|a|an|not|here|sorry|happy|customer|user|support|hiring|manager|friend)\b/i

/** People's names after words that introduce one; off by default, for there is no telling them by form. */
export const personName: Detector = {
  triggers: ['word'],
  words: [
    'name named called i dear hi hello regards sincerely mr mrs ms dr prof patient customer ich frau herr',
    'je me mi from attn',
  ].flatMap((line) => line.split(' ')),
  detect(scan, start) {
    introduction.lastIndex = start
    const length = introduction.exec(scan.text)?.[0].length
    if (length === undefined) return
    fullName.lastIndex = start + length
    const person = fullName.exec(scan.text)?.[0].replace(/(?<=\p{L}{2})\.$/u, '')
    if (!person || notNames.test(person)) return
    scan.report('PERSON', start + length, start + length + person.length, 'context')
  },
}
