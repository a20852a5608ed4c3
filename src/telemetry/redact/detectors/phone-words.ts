/** Words that name the phone number before them. */
export const phoneWordsAfter =
  /^[ ]?[-(,]?[ ]?(?:office|mobile|cell|home|fax|work|desk|tel|phone|landline|is my (?:cell|mobile|phone|number|work))\b/

const ownNumber =
  /\b(?:my|your|his|her|their|our|me at|us at)(?: (\w+))?(?: (\w+))? (?:number|no\.?|nr|#|digits)(?: is|:| =|,)?[ :]{0,3}$/
const otherNumbers =
  /^(?:account|order|card|passport|customer|member|membership|policy|id|identity|reference|tax|social|security|licen[cs]e|employee|student|case|ticket|routing|bank|flight|invoice|tracking|confirmation|booking|serial|insurance|nhs|aadhaar|pan|medicare|national|patient|badge|lucky|favou?rite|version|registration|room|house|lottery|sin|ssn|vat|claim|file|record|part|model|bsn|pesel|file)$/

/** `my number is`, `her new number:`, but not `my account number is`. */
export function isNumberOfPerson(before: string): boolean {
  const match = ownNumber.exec(before)
  return match !== null && ![match[1], match[2]].some((word) => word && otherNumbers.test(word))
}
