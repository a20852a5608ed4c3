import { passesLuhn } from '../validators/luhn.ts'
import * as is from '../validators/national-checks.ts'
import { passesVerhoeff } from '../validators/verhoeff.ts'

/**
 * One form of one country's identity number. A rule with `words` applies only where they (or the
 * general words for identity numbers) stand nearby; a rule without is told by its form and check alone.
 */
export interface NationalIdRule {
  readonly country: string
  /** Lengths of the groups of digits, such as `3-2-4`; several forms are separated by a space. */
  readonly shapes: string
  /** What stands between the groups, all separators in one string; any uniform one when absent. */
  readonly joints?: RegExp
  readonly passes: (digits: string) => boolean
  readonly words?: RegExp
}

const rule = (
  country: string,
  shapes: string,
  passes: (digits: string) => boolean,
  words?: RegExp,
  joints?: RegExp,
): NationalIdRule => ({
  country,
  shapes,
  passes,
  ...(words && { words }),
  ...(joints && { joints }),
})

const always = (): boolean => true

/** Numbers written with digits only, by country. */
export const digitRules: readonly NationalIdRule[] = [
  rule(
    'US ITIN',
    '3-2-4',
    (id) => /^9\d\d(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])/.test(id),
    undefined,
    /^--$/,
  ),
  rule('US ITIN', '9 3-2-4', (id) => id.startsWith('9'), /itin|taxpayer/),
  rule('US EIN', '2-7', always, /\bein\b|employer identification|\bfein\b/, /^-$/),
  rule('GB NHS', '10 3-3-4', is.isNhs, /nhs|health service|patient/),
  rule('GB UTR', '10 5-5', always, /\butr\b|unique taxpayer/),
  rule('DE', '11 2-3-3-3', is.isGermanTaxId, /steuer|idnr|\btin\b|finanzamt|tax/),
  rule('FR', '1-2-2-2-3-3-2 1-2-2-2-3-3', is.isNir),
  rule('FR', '15 13 13-2', is.isNir, /s[ée]cu|insee|\bnir\b|social/),
  rule('PL', '11', is.isPesel, /pesel/),
  rule('NL', '9 3-3-3 4-2-3 2-3-3-1', is.isBsn, /\bbsn\b|burgerservice|sofi|persoonsnummer/),
  rule('BE', '2-2-2-3-2', is.isBelgian, undefined, /^\.\.-\.$/),
  rule(
    'BE',
    '11 2-2-2-3-2',
    is.isBelgian,
    /rijksregister|registre national|\bnrn\b|insz|niss|belgi/,
  ),
  rule('SE', '6-4 8-4', is.isSwedish, undefined, /^-$/),
  rule('SE', '10 12', is.isSwedish, /personn|\bpnr\b|swed|svensk|samordning|id code|identity code/),
  rule('NO', '11', is.isNorwegian),
  rule('NO', '6-5', is.isNorwegian, undefined, /^ $/),
  rule('DK', '10 6-4', is.isDanish, /\bcpr\b|personnummer|dansk|danish/),
  rule('CH', '3-4-4-2 13', is.isAhv),
  rule('AT', '10 4-6', is.isAustrian, /svnr|sv-n|sozialversicherung|versicherungsn/),
  rule('CZ', '6-4', is.isCzech, undefined, /^\/$/),
  rule('CZ', '10 6-3 6-4', is.isCzech, /rodn[ée]|(?<![\p{L}])rč(?![\p{L}])|birth number/u),
  rule('EE, LT', '11', is.isBaltic, /isikukood|asmens kod|eston|lithuan/),
  rule('LV', '6-5 11', (id) => is.isDanish(id) || id.startsWith('32'), /personas kod|latvia/),
  rule('RO', '13', is.isRomanian, /\bcnp\b|cod numeric|roman/),
  rule('HR', '11', is.passesMod1110, /\boib\b/),
  rule('HU', '9 3-3-3', always, /\btaj\b/),
  rule('GR', '11', passesLuhn, /amka|αμκα/),
  rule('GR', '9', always, /\bafm\b|αφμ/),
  rule('BG', '10', always, /\begn\b|егн/),
  rule('RS, BA, SI', '13', is.isDanish, /jmbg|emšo|emso|јмбг/),
  rule('PT', '9 3-3-3', is.isPortuguese, /\bnif\b|contribuinte|fiscal/),
  rule('IS', '6-4 10', is.isDanish, /kennital|icelandic/),
  rule('TR', '11', is.isTurkish),
  rule('IL', '9 8', is.isIsraeli, /zehut|israel|ת\.?ז|תעודת|זהות/),
  rule('RU SNILS', '3-3-3-2', is.isSnils, undefined, /^--[ -]$/),
  rule('RU', '11 10 12', always, /снилс|\bsnils\b|(?<![\p{L}])инн(?![\p{L}])|\binn\b/u),
  rule('UA, KZ', '10 12', always, /рнокпп|іпн|иин|жсн|\biin\b/),
  rule('BR CPF', '3-3-3-2', is.isCpf, undefined, /^(?:\.\.-|--?-| {3}| {2}-)$/),
  rule('BR CPF', '11', is.isCpf, /cpf|cadastro/),
  rule('BR CNPJ', '2-3-3-4-2', is.isCnpj, undefined, /^\.\.\/-$/),
  rule('BR CNPJ', '14', is.isCnpj, /cnpj/),
  rule('BR RG', '2-3-3-1 9 8', always, /\brg\b|registro geral/, /^(?:\.\.-)?$/),
  rule('AR', '2-8-1', is.isCuit),
  rule('AR', '11 2-8-1', always, /cuit|cuil/),
  rule('AR, PE', '2-3-3 8 7', always, /\bdni\b|documento/),
  rule(
    'CO, EC, VE',
    '8 10 1-3-3-3 2-3-3 7 9',
    always,
    /c[ée]dula|\bc\.?c\.?\b|c[ée]dula de ciudadan/,
  ),
  rule('UY', '1-3-3-1', always, /c[ée]dula|\bci\b/),
  rule('PE', '11', always, /\bruc\b/),
  rule('MX', '11', always, /\bnss\b|imss/),
  rule('CA', '9 3-3-3', is.isSin, /\bsin\b|social insurance|\bnas\b|assurance sociale/),
  rule('IN Aadhaar', '12 4-4-4', passesVerhoeff, /aadh?aa?r|uidai|\buid\b|आधार/),
  rule(
    'IN Aadhaar',
    '12 4-4-4',
    (id) => /^[2-9]/.test(id),
    /aadh?aa?r (?:is|no|number|card|:)|आधार/,
  ),
  rule('AU TFN', '9 3-3-3 8', (id) => id.length === 8 || is.isTfn(id), /\btfn\b|tax file/),
  rule('AU Medicare', '10 4-5-1 11', is.isMedicare, /medicare/),
  rule('NZ', '9 8 3-3-3 2-3-3', always, /\bird\b|inland revenue/),
  rule('KR', '6-7', is.isKorean, undefined, /^-$/),
  rule('KR', '6-7 13', is.isKoreanForm, /\brrn\b|korean|주민|외국인등록|resident registration/),
  rule('JP', '12 4-4-4', is.isMyNumber, /マイナンバー|個人番号|my ?number/),
  rule('CN', '18', is.isChinese),
  rule('TH', '1-4-5-2-1', is.isThai),
  rule('TH', '13', is.isThai, /thai|บัตร|ประชาชน|ประจำตัว/),
  rule('MY', '6-2-4', is.startsWithDate, undefined, /^--$/),
  rule('MY', '12', is.startsWithDate, /mykad|\bic\b|pengenalan|malaysia/),
  rule('ID', '16', always, /\bnik\b|\bktp\b/),
  rule('PH', '2-7-1 10 4-7-1 12', always, /\bsss\b|philhealth|\bumid\b|philsys/),
  rule('VN', '12 9', always, /cccd|căn cước|cmnd/),
  rule('PK', '5-7-1', always, undefined, /^--$/),
  rule('PK', '13', always, /cnic|nadra/),
  rule('BD', '10 13 17', always, /\bnid\b/),
  rule(
    'ZA',
    '13',
    is.isSouthAfrican,
    /south afric|\bsa id\b|\brsa\b|id number|identity|resident|refugee|citizen|\bid\b/,
  ),
  rule('EG', '14', (id) => /^[23]/.test(id), /egypt|الرقم القومي/),
  rule('SA', '10', (id) => /^[12]/.test(id), /iqama|saudi|الهوية|إقامة/),
  rule('AE', '3-4-7-1', (id) => id.startsWith('784')),
  rule('AE', '15', (id) => id.startsWith('784'), /emirates|\beid\b|الهوية/),
  rule('NG', '11', always, /\bnin\b|\bbvn\b/),
]

/** One form with letters in it, anchored at the start of the run that it begins with. */
export interface NationalCodeRule {
  readonly country: string
  /** Lengths that the first run of letters and digits may have. */
  readonly runs: string
  readonly form: RegExp
  readonly passes: (code: string) => boolean
  readonly words?: RegExp
}

const code = (
  country: string,
  runs: string,
  form: RegExp,
  passes: (code: string) => boolean,
  words?: RegExp,
): NationalCodeRule => ({ country, runs, form, passes, ...(words && { words }) })

/** Codes of letters and digits. The form is matched over the whole, the check over letters and digits. */
export const codeRules: readonly NationalCodeRule[] = [
  code(
    'GB NINO',
    '9',
    /[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]/iy,
    (id) => !/^(?:BG|GB|NK|KN|TN|NT|ZZ)/i.test(id),
  ),
  code('ES', '9 8', /\d{8}-?[A-HJ-NP-TV-Z]/iy, is.isSpanish),
  code('ES NIE', '9 8', /[XYZ]-?\d{7}-?[A-HJ-NP-TV-Z]/iy, is.isSpanish),
  code(
    'IT',
    '16',
    /[A-Z]{6}[0-9LMNP-V]{2}[A-EHLMPRST][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z]/iy,
    always,
  ),
  code('FI', '11 6', /\d{6}[-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y]/iy, is.isFinnish),
  code('IN PAN', '10', /[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]/y, always),
  code('IN PAN', '10', /[A-Z]{5}\d{4}[A-Z]/iy, always, /\bpan\b|permanent account/),
  code('IN voter', '10', /[A-Z]{3}\d{7}/iy, always, /voter|epic\b|election/),
  code('SG', '9', /[STFGM]\d{7}[A-Z]/iy, is.isNric),
  code('SG', '9', /[STFGM]\d{7}[A-Z]/iy, always, /nric|\bfin\b|singapore/),
  code('IE', '8 9', /\d{7}[A-W][A-IW]?/iy, is.isPps, /\bpps|irish|ireland/),
  code('TW', '10', /[A-Z][1289]\d{8}/iy, is.isTaiwanese, /taiwan|身分證|身份證|統一證號/),
  code('HK', '7 8 9', /[A-Z]{1,2}\d{6}\([0-9A]\)/iy, is.isHongKong),
  code('HK', '7 8 9', /[A-Z]{1,2}\d{6}[0-9A]/iy, is.isHongKong, /hkid|hong kong|身份證|身份证/),
  code('CN', '18', /\d{17}X/iy, is.isChinese),
  code('MX CURP', '18', /[A-Z]{4}\d{6}[HMX][A-Z]{5}[0-9A-Z]\d/iy, always),
  code('MX RFC', '12 13', /[A-ZÑ&]{3,4}\d{6}[A-Z0-9]{3}/iy, always, /\brfc\b/),
  code('CL', '1 2 7 8', /\d{1,2}\.\d{3}\.\d{3}-[\dK]/iy, is.isRut),
  code('CL', '1 2 7 8', /\d{7,8}-[\dK]/iy, is.isRut),
  code(
    'US MBI',
    '11 4',
    /[1-9][AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y]\d-?[AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y]\d-?[AC-HJKMNP-RT-Y]{2}\d{2}/iy,
    (id) => /[A-Z]/.test(id),
  ),
  code('GB licence', '16', /[A-Z9]{5}\d{6}[A-Z9]{2}\d[A-Z]{2}/iy, (id) => /[A-Z]{2}/i.test(id)),
  code('LK', '10', /\d{9}[VX]/iy, always, /\bnic\b|lanka|national/),
  code('NZ NHI', '7', /[A-Z]{3}\d{4}/iy, always, /\bnhi\b/),
  code('PL', '9', /[A-Z]{3} ?\d{6}/iy, always, /dow[óo]d|dowodu/),
  code('HU', '8', /\d{6}[A-Z]{2}/iy, always, /személyi/),
  code(
    'BE, DE card',
    '9 10 11',
    /[CFGHJKLMNPRTVWXYZ0-9]{9,10}D?/y,
    (id) => /\d/.test(id) && /[A-Z]/.test(id),
    /personalausweis|ausweis/,
  ),
]
