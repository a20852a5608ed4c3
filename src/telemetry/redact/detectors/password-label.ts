import type { Detector } from '../detector.ts'

const label =
  /(?:密码|密碼|口令|パスワード|暗証番号|비밀번호|암호|كلمة (?:ال)?(?:مرور|سر)|الرقم السري|סיסמ[אה]|पासवर्ड|รหัสผ่าน|პაროლი|պարոլ)(?:\p{L}{1,3})?\s?(?:是|为|為|は|が|는|은|هي|هو|היא|है|คือ|არის)?[\s:=：「"']{0,3}$/u
const reach = 24
const value = /[\x21-\x7e]{4,64}/y

/** Passwords after a word of a script that the scan does not join: `密码是…`, `パスワードは…`, `סיסמה: …`. */
export const passwordLabel: Detector = {
  triggers: ['code', 'digits'],
  detect(scan, start) {
    if (!scan.view.hasOtherScripts) return
    if (scan.text.charCodeAt(start - 1) < 0x80 && !/[\s:="']/.test(scan.text.charAt(start - 1)))
      return
    if (!scan.hasLabel('password', start, reach)) return
    if (!label.test(scan.text.slice(Math.max(0, start - reach), start))) return
    value.lastIndex = start
    const match = value.exec(scan.text)?.[0].replace(/[.,;:)\]}"']+$/, '')
    if (match) scan.report('PASSWORD', start, start + match.length, 'context')
  },
}
