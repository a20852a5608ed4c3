import { isAlphanumeric, isDigit } from '../character-class.ts'
import type { Detector } from '../detector.ts'
import { passesMod97 } from '../validators/mod97.ts'

/** Length of an IBAN by country: the registry of ISO 13616 and the countries that use it in part. */
const lengths = new Map(
  (
    'NO15 BE16 DK18 FI18 FO18 GL18 NL18 SD18 AT20 BA20 EE20 KZ20 LT20 LU20 XK20 CH21 HR21 LI21 LV21 ' +
    'BG22 BH22 CR22 DE22 GB22 GE22 IE22 ME22 RS22 VA22 AE23 GI23 IL23 IQ23 OM23 TL23 SO23 AD24 CZ24 ' +
    'ES24 MD24 PK24 RO24 SA24 SE24 SK24 TN24 VG24 LY25 PT25 ST25 IS26 TR26 BI27 DJ27 FR27 GR27 IT27 ' +
    'MC27 MR27 SM27 AL28 AZ28 BY28 CY28 DO28 GT28 HN28 HU28 LB28 NI28 PL28 SV28 BR29 EG29 PS29 QA29 ' +
    'UA29 JO30 KW30 MU30 YE30 MT31 SC31 LC32 RU33 FK18 MK19 SI19 MN20 DZ26 AO25 BJ28 BF28 CM27 CV25 ' +
    'CF27 TD27 KM27 CG27 CI28 GA27 GQ27 GW25 IR26 MG27 ML28 MA28 MZ25 NE28 SN28 TG28'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
)

/** International bank account numbers, in groups or not, in either case; the check sum decides. */
export const iban: Detector = {
  triggers: ['code'],
  detect(scan, start) {
    const text = scan.text
    if (!isDigit(text.charCodeAt(start + 2)) || !isDigit(text.charCodeAt(start + 3))) return
    const length = lengths.get(text.slice(start, start + 2).toUpperCase())
    if (!length) return
    const end = endOf(text, start, length)
    if (end === 0) return
    if (!passesMod97(text.slice(start, end).replace(/[ -]/g, ''))) return
    scan.report('IBAN', start, end, 'check')
    scan.skipTo(end)
  },
}

/** Where `length` letters and digits end, at most one space or hyphen apart; 0 when they do not. */
function endOf(text: string, start: number, length: number): number {
  let at = start
  let taken = 0
  while (taken < length) {
    const code = text.charCodeAt(at)
    if (code < 0x80 && isAlphanumeric(code)) taken++
    else if ((code !== 0x20 && code !== 0x2d) || !isAlphanumeric(text.charCodeAt(at - 1))) return 0
    at++
  }
  return isAlphanumeric(text.charCodeAt(at)) ? 0 : at
}
