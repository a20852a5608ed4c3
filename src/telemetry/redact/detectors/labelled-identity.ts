import type { Detector } from '../detector.ts'
import type { Scan } from '../scan.ts'

/**
 * Numbers that only their label tells: driving licences, medical records, identity cards of countries
 * without a rule of their own. The value has to follow the label directly.
 */
const labels =
  /(?:driv(?:er'?s?|ing)[ _-]?licen[cs]e|\bdl|führerschein|permis de conduire|carnet de conducir|patente(?: di guida)?|rijbewijs|prawo jazdy|national[ _-]?(?:id|identity|identification|insurance)(?:[ _-]?card)?|identity[ _-]?card|\bid[ _-]?card|tax[ _-]?(?:id|identification|payer id)|taxpayer[ _-]?(?:id|identification)|\btin|\bmrn|medical record|patient[ _-]?id|health (?:card|insurance)(?: id)?|insurance (?:policy|member)|voter[ _-]?id|personalausweis|carte d'identité|carta d'identità|cédula|residence permit|\bcurp|\bnin|green card|alien (?:registration )?)$/
const link =
  /[ "'_-]{0,2}(?:(?:number|num|no|nr|nummer|code|card|id|#|№|n[°º])\.?)?["']?(?: is| was|:| =|=)?[ :"'#]{1,3}$/
const value =
  /(?=[A-Z0-9-]*\d[A-Z0-9-]*\d[A-Z0-9-]*\d[A-Z0-9-]*\d)[A-Z0-9](?:[A-Z0-9]|-(?=[A-Z0-9])){4,18}(?![\w])/iy
const reach = 56

/** Values directly after the name of an identity document. */
export const labelledIdentity: Detector = {
  triggers: ['digits', 'code'],
  detect(scan, start) {
    if (!scan.hasLabel('document', start, reach) || /[\w.-]/.test(scan.text.charAt(start - 1)))
      return
    value.lastIndex = start
    const match = value.exec(scan.text)?.[0]
    if (!match || !isLabelled(scan, start) || /^(?:19|20)\d\d-\d\d-\d\d$/.test(match)) return
    scan.report('NATIONAL_ID', start, start + match.length, 'context')
  },
}

function isLabelled(scan: Scan, start: number): boolean {
  const before = scan.before(start, reach)
  const between = link.exec(before)
  return between !== null && labels.test(before.slice(0, between.index))
}
