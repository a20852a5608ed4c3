import type { Detector } from '../detector.ts'

const label =
  /(?:密码|密碼|口令|パスワード|暗証番号|비밀번호|암호)(?:是|为|為|は|が|는|은)?[\s:=「"']{0,3}$/
const value = /[\x21-\x7e]{4,64}/y

/** Passwords after a word of a script without spaces: `密码是…`, `パスワードは…`. */
export const passwordLabel: Detector = {
  triggers: ['code', 'digits'],
  detect(scan, start) {
    if (!scan.view.hasOtherScripts) return
    if (scan.text.charCodeAt(start - 1) < 0x80 && !/[\s:="']/.test(scan.text.charAt(start - 1)))
      return
    if (!scan.hasLabel('password', start, 12)) return
    if (!label.test(scan.text.slice(Math.max(0, start - 12), start))) return
    value.lastIndex = start
    const match = value.exec(scan.text)?.[0].replace(/[.,;:)\]}"']+$/, '')
    if (match) scan.report('PASSWORD', start, start + match.length, 'context')
  },
}
