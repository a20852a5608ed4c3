import { describe, expect, test } from 'vitest'
import { createRedactor } from './redactor.ts'

/**
 * Sensitive texts of many countries, formats and providers. Each mark is `«TYPE|value»`; all values
 * are invented, those with check digits are computed. Tokens are filled in at run time from a seeded
 * generator so that no line of this file looks like a live secret.
 */

const alphabets = {
  alnum: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  lower: 'abcdefghijklmnopqrstuvwxyz0123456789',
  upper: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567',
  hex: '0123456789abcdef',
  base64: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
  digits: '0123456789',
}
let state = 20261124
function random(): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state / 2 ** 32
}
function fill(kind: keyof typeof alphabets, length: number): string {
  const letters = alphabets[kind]
  return Array.from({ length }, () => letters[Math.floor(random() * letters.length)]).join('')
}
const base64url = (text: string): string => Buffer.from(text).toString('base64url')
const jwt = (): string =>
  `${base64url('{"alg":"HS256","typ":"JWT"}')}.${base64url('{"sub":"42","iat":1760000000}')}.${fill('alnum', 43)}`
const pemBody = (lines: number): string =>
  Array.from({ length: lines }, () => fill('base64', 64)).join('\n')
const pem = (label: string): string =>
  `-----BEGIN ${label}-----\n${pemBody(6)}\n-----END ${label}-----`

const contact = [
  'Reach me at «EMAIL|jane.doe+news@mail.example.org», thanks.',
  "cc: <«EMAIL|o'brien_99@example.co.uk»>; bcc «EMAIL|x@y.io»",
  'mailto:«EMAIL|support-team@firma.example.de»?subject=Hi',
  'Kontakt: «EMAIL|jürgen.groß@müller.de» oder telefonisch.',
  'Mail me: «EMAIL|first.last (at) example.com» please',
  'Mail me: «EMAIL|first.last [at] example [dot] com» please',
  'Full width: «EMAIL|ｕｓｅｒ＠ｅｘａｍｐｌｅ．ｃｏｍ» works too',
  'Hidden: «EMAIL|jo\u200bhn@exam\u200bple.com» got through',
  'https://shop.example/login?user=«EMAIL|maria%40example.net»&step=2',
  '{"contact":"«EMAIL|li.wei\\u0040example.cn»","ok":true}',
  '日本語の連絡先は«EMAIL|tanaka@example.jp»です。',
  'INFO user="«EMAIL|ADMIN@CORP.EXAMPLE.COM»" logged in',
  'Name;Mail\nPaul;«EMAIL|paul_k@uni-köln.de»\n',
  'Call «PHONE|(212) 555-0142» or «PHONE|212.555.0143»',
  'Call «PHONE|+1 (628) 555-0199 ext. 204» after nine.',
  'toll free «PHONE|1-800-555-0177»',
  'my number is «PHONE|2125550188»',
  'text me on «PHONE|555-0123»',
  'sms:«PHONE|+12065550100» and tel:«PHONE|+1-206-555-0101»',
  'London office «PHONE|020 7946 0958», mobile «PHONE|07700 900461»',
  'from abroad «PHONE|+44 (0)20 7946 0123»',
  'Manchester «PHONE|0161 496 0753»; Leeds «PHONE|(0113) 496 0002»',
  'Tel. «PHONE|030 90182012», Fax «PHONE|030/9018-2099»',
  'Mobil: «PHONE|0171 3920017» oder «PHONE|+49 (0)171 392-0017»',
  'Rufen Sie «PHONE|0049 89 636480» an.',
  'Appelez le «PHONE|01 42 68 53 11» ou le «PHONE|06.12.34.56.71»',
  'tél : «PHONE|0612345672», bureau «PHONE|+33 1 42 68 53 12»',
  'Llámame al «PHONE|612 34 56 73» o al «PHONE|+34 912 345 674»',
  'Il mio cellulare è «PHONE|333 1234567», ufficio «PHONE|+39 06 6982 1234»',
  'bel «PHONE|06-12345678» of «PHONE|020-6234567»',
  'GSM «PHONE|0470 12 34 56», «PHONE|+32 2 555 12 12»',
  'Natel «PHONE|079 123 45 67», Büro «PHONE|+41 44 668 18 00»',
  'Ring «PHONE|070-123 45 67» eller «PHONE|+46 8 123 456 78»',
  'tlf. «PHONE|22 12 34 56», mobil «PHONE|+47 912 34 567», dansk «PHONE|+45 32 12 34 56»',
  'puh. «PHONE|040 1234567», «PHONE|+358 9 1234 567»',
  'telefon «PHONE|501 234 567», z zagranicy «PHONE|+48 22 123 45 67»',
  'Mobile «PHONE|+91 98765 43210», alternate «PHONE|9123456780», land «PHONE|022-2345 6789»',
  'Aussie mobile «PHONE|0412 345 678», office «PHONE|(02) 9374 4000», «PHONE|+61 2 9374 4001»',
  '電話 «PHONE|03-1234-5678»、携帯 «PHONE|090-1234-5678»',
  '휴대폰 «PHONE|010-1234-5678», 회사 «PHONE|02-312-3456»',
  '手机 «PHONE|138 0013 8000»,或 «PHONE|13900139001»,座机 «PHONE|010-62345678»',
  'Singapore «PHONE|+65 6123 4567», HK «PHONE|+852 2345 6789»',
  'WhatsApp «PHONE|(11) 91234-5678», fixo «PHONE|+55 11 3456-7890»',
  'тел. «PHONE|8 (912) 345-67-89», моб. «PHONE|+7 912 345-67-90»',
  'Cell: «PHONE|082 123 4567» (SA), «PHONE|+234 803 123 4567» (NG), «PHONE|+254712345678» (KE)',
  'Dubai «PHONE|+971 50 123 4567», Tel Aviv «PHONE|054-123-4567», İstanbul «PHONE|0532 123 45 67»',
  '{"phone":"«PHONE|4155550164»","mobile_number":"«PHONE|07911123456»"}',
  'wa.me/«PHONE|14155550165» is my link',
  'Phone：«PHONE|＋１ ４１５ ５５５ ０１６６»',
  'server «IP_ADDRESS|203.0.113.77» refused, peer «IP_ADDRESS|198.51.100.23»:8443 too',
  'client_ip=«IP_ADDRESS|100.64.12.9» method=GET',
  'IPv6 «IP_ADDRESS|2001:db8:85a3::8a2e:370:7334» and «IP_ADDRESS|fe80::1ff:fe23:4567:890a%eth0»',
  'connect to [«IP_ADDRESS|2001:db8::17»]:443 failed',
  'mapped «IP_ADDRESS|::ffff:192.0.2.128» seen; subnet «IP_ADDRESS|10.20.0.0/16»',
  '«IP_ADDRESS|192.0.2.14» - - [24/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 512',
  'full «IP_ADDRESS|2001:0db8:0000:0042:0000:8a2e:0370:7334» form',
  'MAC address «MAC_ADDRESS|00:1B:44:11:3A:B7» on the LAN',
]

const money = [
  'Visa «CREDIT_CARD|4539200297727693» expires soon',
  'card «CREDIT_CARD|4539 2002 9772 7693», cvv on the back',
  'old 13-digit card «CREDIT_CARD|4716310980278»',
  'mc «CREDIT_CARD|5412-4085-9411-8420» and «CREDIT_CARD|2223785349445927»',
  'Amex «CREDIT_CARD|3714 850402 04871» or «CREDIT_CARD|343767698635323»',
  'Discover «CREDIT_CARD|6011137631629668», «CREDIT_CARD|6510 7170 7691 0735»',
  'diners «CREDIT_CARD|3608 857227 5041» / «CREDIT_CARD|30256658591013»',
  'JCB «CREDIT_CARD|3530284368813070» UnionPay «CREDIT_CARD|6235297435540507593»',
  'maestro «CREDIT_CARD|6759 6023 3386 2095», mir «CREDIT_CARD|2200305067594314»',
  'elo «CREDIT_CARD|5066994894319254» rupay «CREDIT_CARD|6521206360704829»',
  '{"number":"«CREDIT_CARD|4539200297727693»","exp":"11/29"}',
  '«CREDIT_CARD|４５３９ ２００２ ９７７２ ７６９３»',
  'number «CREDIT_CARD|4539.2002.9772.7693» end',
  'cards: «CREDIT_CARD|4539200297727693»,«CREDIT_CARD|5412408594118420»;«CREDIT_CARD|371485040204871»',
  'IBAN «IBAN|NO72 9077 5572 570», «IBAN|SE3689414359077546583475»',
  'Konto: «IBAN|DE14 3471 6523 0624 3047 49».',
  'pay to «IBAN|GB36MTVF83231753760008» please',
  '«IBAN|FR68 9248 8322 0769 6236 7800 585» est mon compte',
  'cuenta «IBAN|ES90-8622-1750-6894-0856-4871»',
  'conto «IBAN|it17a0304617132953000778425»',
  'rekening «IBAN|NL66 ZJYF 0285 2635 15» en «IBAN|BE76 7640 5314 3887»',
  '«IBAN|CH83 9763 5395 4252 3961 0», «IBAN|AT577815021959515566», «IBAN|PT34039478548198172425703»',
  '«IBAN|PL86 0692 6155 4464 0428 4899 2609»; «IBAN|CZ7207042917233428633886»; «IBAN|DK17 9249 7872 3815 82»',
  '{"iban":"«IBAN|IE14YIVT01623014421483»","bic":"AIBKIE2D"}',
  '«IBAN|SA4794633355261962098065» «IBAN|AE200749422534526914457» «IBAN|TR155445307939773449566154»',
  '«IBAN|BR9100360305709797413728996P1» «IBAN|MT61QSZM17277145185896716511851» «IBAN|QA22IISM255582701596609669101»',
  'BTC «CRYPTO_WALLET|1HCyk5jmcvVLWUDE2FRc4jUL5YeMbxk5R9» or «CRYPTO_WALLET|3LT4o1qwJMeAWu3bkEHTcnVwh3KvzbXdmM»',
  'send to «CRYPTO_WALLET|bc1qf3ypch75xafldqduv7g2ry0f7758e09aswmq4j»',
  'taproot «CRYPTO_WALLET|bc1px7nyrkdah4lns98pvmtj5jzxx5ayuw4wysfvtf9uanf5tjqy5xu64vhlgt»',
  'ltc «CRYPTO_WALLET|ltc1q2e94vfee4mhjl0jmjlgkk380epedq4pax8z3mf», «CRYPTO_WALLET|LetpmgUaSKDMhenJJTqfe6nS4UxESySb6g»',
  'doge «CRYPTO_WALLET|DLWoqjCPSRpyjwPBn6qnwTzsmqoPnJzsY5» tron «CRYPTO_WALLET|TXUAk6Up8EAA5kwqxQg3DMMqZWvtQsWqkL»',
  'ripple «CRYPTO_WALLET|rGodBPMq7h4Z9uXBBEJcRc9higTPNfgizy»',
  'cardano «CRYPTO_WALLET|addr1hx4zzaehejm4av8x4yfl0pnqpwstrvp9nspc06rj8vjtfzskwhvfp0leuj5ahfhmwlmr5n9k44pzwqkmaqz2jrqg3dqtu5xdmj»',
  'atom «CRYPTO_WALLET|cosmos1q9y8y3ceydy0cqhfzz8qg2zyas3f5xg2x5cpfp»',
  `eth wallet «CRYPTO_WALLET|0x${fill('hex', 40)}» holds two`,
  'solana wallet «CRYPTO_WALLET|7Np41oeYqPefeNQEHSv1UDhYrehxin3NStELsSKCT4K2»',
]

const identity = [
  'SSN «US_SSN|536-22-8145» on file',
  'social security number: «US_SSN|536228146»',
  'ssn «US_SSN|536 22 8147», itin «NATIONAL_ID|912-78-1234»',
  '{"ssn":"«US_SSN|536-22-8148»"}',
  'My NI number is «NATIONAL_ID|AB 12 34 56 C» and NHS «NATIONAL_ID|277 044 4395»',
  'NINO: «NATIONAL_ID|JG103759A»',
  'Steuer-ID «NATIONAL_ID|86143579405» bzw. «NATIONAL_ID|86 143 579 405»',
  'numéro de sécurité sociale «NATIONAL_ID|1 85 05 75 116 042 18»',
  'NIR «NATIONAL_ID|185057511604218»',
  'mi DNI es «NATIONAL_ID|32515199F», el NIE «NATIONAL_ID|Y7324545W»',
  'codice fiscale «NATIONAL_ID|BNCLRA82T57H501K»',
  'PESEL «NATIONAL_ID|92071403453»',
  'mijn BSN is «NATIONAL_ID|844875600»',
  'rijksregisternummer «NATIONAL_ID|85.07.30-033.28»',
  'personnummer «NATIONAL_ID|811218-9876» / «NATIONAL_ID|19811218-9876»',
  'henkilötunnus «NATIONAL_ID|131052-308T»',
  'fødselsnummer «NATIONAL_ID|11018423172»',
  'CPF «NATIONAL_ID|874.562.849-11» ou «NATIONAL_ID|87456284911»',
  'CNPJ «NATIONAL_ID|73.738.510/0001-34»',
  'Aadhaar «NATIONAL_ID|7684 0102 0536», PAN «NATIONAL_ID|ABCPK1234F»',
  'tax file number «NATIONAL_ID|076 302 956», medicare «NATIONAL_ID|2939 96336 1»',
  'SIN «NATIONAL_ID|717 297 873»',
  'NRIC «NATIONAL_ID|S9104823Z» FIN «NATIONAL_ID|G9104823Q»',
  '주민등록번호 «NATIONAL_ID|900314-2234567»',
  '身份证 «NATIONAL_ID|110105199003072936»',
  'SA ID number «NATIONAL_ID|8001015009087»',
  'RUT «NATIONAL_ID|20.768.063-K»',
  'AHV «NATIONAL_ID|756.9454.8493.59»',
  'rodné číslo «NATIONAL_ID|855412/0707»',
  'T.C. kimlik no «NATIONAL_ID|81713787822»',
  'PPS number «NATIONAL_ID|9395580I»',
  'teudat zehut «NATIONAL_ID|034580118»',
  'NIF «NATIONAL_ID|286098890» de Portugal',
  '身分證 «NATIONAL_ID|B193158584»',
  "driver's license «NATIONAL_ID|D1234567» (California)",
  'passport number «PASSPORT|C01X00T47» issued in Bonn',
  'US passport: «PASSPORT|548219067»',
  'Passport No. «PASSPORT|X1234567»',
  'Reisepass-Nr. «PASSPORT|C4K7F2T9X»',
  'passeport n° «PASSPORT|12AB34567»',
  'número de pasaporte «PASSPORT|XDA123456»',
  '{"passport_number":"«PASSPORT|AB1234567»"}',
  'Born on «DATE_OF_BIRTH|12 March 1985» in Hull',
  'DOB: «DATE_OF_BIRTH|1985-03-12»',
  'date of birth «DATE_OF_BIRTH|03/12/1985»',
  'my birthday is «DATE_OF_BIRTH|July 4th, 1991»',
  'geboren am «DATE_OF_BIRTH|12.03.1985»',
  'née le «DATE_OF_BIRTH|12 mars 1985»',
  'fecha de nacimiento: «DATE_OF_BIRTH|12 de marzo de 1985»',
  '{"dateOfBirth":"«DATE_OF_BIRTH|1990-07-01»","birth_date":"«DATE_OF_BIRTH|01.07.1990»"}',
  'She lives at «STREET_ADDRESS|742 Evergreen Terrace» now',
  'Ship to «STREET_ADDRESS|1600 Amphitheatre Parkway, Mountain View, CA 94043»',
  'my address is «STREET_ADDRESS|221B Baker Street, London NW1 6XE»',
  'Office: «STREET_ADDRESS|350 5th Ave, Apt 4B, New York, NY 10118»',
  'mail it to «STREET_ADDRESS|PO Box 1234, Boise, ID 83701»',
  'Ich wohne in der «STREET_ADDRESS|Hauptstraße 25, 10827 Berlin»',
  'Adresse: «STREET_ADDRESS|Am Alten Markt 7a, 50667 Köln»',
  "J'habite au «STREET_ADDRESS|14 rue de la Paix, 75002 Paris»",
  'Vivo en «STREET_ADDRESS|Calle Mayor 15, 28013 Madrid»',
  'Abito in «STREET_ADDRESS|Via Roma 22, 00184 Roma»',
  'Ik woon op «STREET_ADDRESS|Keizersgracht 174, 1016 DW Amsterdam»',
  'mieszkam przy «STREET_ADDRESS|ul. Długa 5/12, 00-238 Warszawa»',
  'moro na «STREET_ADDRESS|Rua Augusta, 1500, São Paulo»',
  'deliver to «STREET_ADDRESS|18 Old Mill Lane, Flat 3»',
  '{"address":"«STREET_ADDRESS|99 N. Elm St., Unit 7»"}',
]

const secrets = [
  `Authorization: Bearer «JWT|${jwt()}»`,
  `cookie: session=«JWT|${jwt()}»; Path=/`,
  `{"id_token":"«JWT|${jwt()}»"}`,
  `OPENAI_API_KEY=«API_KEY|sk-proj-${fill('alnum', 48)}»`,
  `use «API_KEY|sk-${fill('alnum', 20)}T3BlbkFJ${fill('alnum', 20)}» for now`,
  `anthropic «API_KEY|sk-ant-api03-${fill('alnum', 93)}-${fill('alnum', 6)}AA»`,
  `aws «API_KEY|AKIA${fill('upper', 16)}» secret «API_KEY|${fill('base64', 40)}»`,
  `aws_secret_access_key = «API_KEY|${fill('base64', 40)}»`,
  `maps key «API_KEY|AIza${fill('alnum', 35)}»`,
  `GH token «API_KEY|ghp_${fill('alnum', 36)}», fine «API_KEY|github_pat_${fill('alnum', 22)}_${fill('alnum', 59)}»`,
  `git clone with «API_KEY|glpat-${fill('alnum', 20)}»`,
  `slack «API_KEY|xoxb-${fill('digits', 12)}-${fill('digits', 12)}-${fill('alnum', 24)}»`,
  `hook https://hooks.slack.com/services/«API_KEY|T${fill('upper', 8)}/B${fill('upper', 8)}/${fill('alnum', 24)}»`,
  `stripe «API_KEY|sk_live_${fill('alnum', 24)}» and «API_KEY|rk_test_${fill('alnum', 24)}»`,
  `webhook «API_KEY|whsec_${fill('alnum', 32)}»`,
  `SendGrid «API_KEY|SG.${fill('alnum', 22)}.${fill('alnum', 43)}»`,
  `twilio «API_KEY|SK${fill('hex', 32)}»`,
  `npm «API_KEY|npm_${fill('alnum', 36)}» pypi «API_KEY|pypi-AgEIcHlwaS5vcmc${fill('alnum', 60)}»`,
  `HF «API_KEY|hf_${fill('alnum', 34)}»`,
  `AccountKey=«API_KEY|${fill('base64', 86)}==»;EndpointSuffix=core.windows.net`,
  `bot «API_KEY|${fill('digits', 10)}:AA${fill('alnum', 33)}» is online`,
  `discord «API_KEY|M${fill('alnum', 23)}.${fill('alnum', 6)}.${fill('alnum', 38)}»`,
  `do «API_KEY|dop_v1_${fill('hex', 64)}» shopify «API_KEY|shpat_${fill('hex', 32)}»`,
  `mailgun «API_KEY|key-${fill('hex', 32)}» gsk «API_KEY|gsk_${fill('alnum', 52)}»`,
  `xai «API_KEY|xai-${fill('alnum', 80)}» or «API_KEY|sk-or-v1-${fill('hex', 64)}»`,
  `atlassian «API_KEY|ATATT3xFfGF0${fill('alnum', 60)}»`,
  `linear «API_KEY|lin_api_${fill('alnum', 40)}» vault «API_KEY|hvs.${fill('alnum', 24)}»`,
  `oauth «API_KEY|ya29.${fill('alnum', 60)}» client «API_KEY|GOCSPX-${fill('alnum', 28)}»`,
  `databricks «API_KEY|dapi${fill('hex', 32)}» grafana «API_KEY|glsa_${fill('alnum', 32)}_${fill('hex', 8)}»`,
  `x-api-key: «API_KEY|${fill('lower', 32)}»`,
  `{"apiKey":"«API_KEY|${fill('alnum', 28)}»"}`,
  `curl -H "Authorization: Bearer «API_KEY|${fill('alnum', 40)}»" https://api.example.com`,
  `const client_secret = '«API_KEY|${fill('alnum', 32)}»'`,
  `The api key is «API_KEY|${fill('hex', 32)}» ok?`,
  `export DD_API_KEY="«API_KEY|${fill('hex', 32)}»"`,
  `access_token: «API_KEY|${fill('alnum', 48)}»`,
  `key:\n«PRIVATE_KEY|${pem('RSA PRIVATE KEY')}»\nend`,
  `«PRIVATE_KEY|${pem('OPENSSH PRIVATE KEY')}»`,
  `{"private_key":"«PRIVATE_KEY|${pem('PRIVATE KEY').replaceAll('\n', '\\n')}\\n»"}`,
  `«PRIVATE_KEY|-----BEGIN EC PRIVATE KEY-----\n${pemBody(2)}»`,
  `«PRIVATE_KEY|${pem('PGP PRIVATE KEY BLOCK')}»`,
  'wif «PRIVATE_KEY|L4w7ebwGt2MB3xh5cTciKnSvDqa5mK2Ky3B9bXAvd3eXCFmmXZcP»',
  'postgres://app:«URL_CREDENTIAL|s3cr3tPw»@db.internal:5432/app',
  'redis://:«URL_CREDENTIAL|hunter2hunter2»@cache:6379/0',
  'mongodb+srv://root:«URL_CREDENTIAL|p%40ssW0rd!»@cluster0.example.net/test',
  `git clone https://oauth2:«URL_CREDENTIAL|${fill('alnum', 20)}»@gitlab.example.com/a/b.git`,
  'amqp://guest:«URL_CREDENTIAL|gu3st#1»@mq:5672 is down',
  `GET https://api.example.com/v1/me?access_token=«URL_CREDENTIAL|${fill('alnum', 24)}»&page=2`,
  `https://store.example.net/c/f?sv=2024&sig=«URL_CREDENTIAL|${fill('alnum', 43)}%3D»&se=2026`,
  'jdbc:mysql://db:3306/x?user=root&password=«URL_CREDENTIAL|Tr0ub4dor»',
  'password: «PASSWORD|hunter2!Q»',
  'My password is «PASSWORD|correct-horse-battery»',
  'DB_PASSWORD=«PASSWORD|pa$$w0rd_99»',
  '{"password":"«PASSWORD|with space & \\"quote\\"»","user":"bob"}',
  'Passwort: «PASSWORD|Sommer2026!» Benutzer: anna',
  'mot de passe : «PASSWORD|Azerty!42»',
  'contraseña es «PASSWORD|MiClave#7»',
  'mysql -u root --password=«PASSWORD|S3cure_it» -h db',
  'login admin, pw «PASSWORD|Winter#2025»',
  '<password>«PASSWORD|x9!kLmP»</password>',
  `Authorization: Basic «PASSWORD|${Buffer.from('bob:secret-pass-1').toString('base64')}»`,
  'passwd = "«PASSWORD|letMeIn99»"',
]

const families: Record<string, readonly string[]> = { contact, money, identity, secrets }

interface Entity {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly value: string
}

function parseMarks(marked: string): { text: string; entities: Entity[] } {
  const entities: Entity[] = []
  let text = ''
  let at = 0
  for (const match of marked.matchAll(/«([A-Z_]+)\|([^»]*)»/g)) {
    text += marked.slice(at, match.index)
    const value = match[2] ?? ''
    entities.push({
      type: match[1] ?? '',
      start: text.length,
      end: text.length + value.length,
      value,
    })
    text += value
    at = match.index + match[0].length
  }
  return { text: text + marked.slice(at), entities }
}

/** At least 90 % of the letters and digits are gone. */
function isMasked(entity: Entity, findings: readonly { start: number; end: number }[]): boolean {
  let all = 0
  let masked = 0
  for (let at = entity.start; at < entity.end; at++) {
    if (!/[\p{L}\p{N}]/u.test(entity.value.charAt(at - entity.start))) continue
    all++
    if (findings.some((finding) => finding.start <= at && at < finding.end)) masked++
  }
  return masked >= all * 0.9
}

/** More than half of the finding lies outside every marked value. */
function isStray(finding: { start: number; end: number }, entities: readonly Entity[]): boolean {
  let inside = 0
  for (let at = finding.start; at < finding.end; at++) {
    if (entities.some((entity) => entity.start <= at && at < entity.end)) inside++
  }
  return inside * 2 < finding.end - finding.start
}

describe.each(Object.keys(families))('sensitive texts of the family %s', (family) => {
  test.each(families[family] ?? [])('masks what is marked in %j', (marked) => {
    const { text, entities } = parseMarks(marked)
    const { findings } = createRedactor().redact(text)
    const missed = entities.filter((entity) => !isMasked(entity, findings))
    const stray = findings.filter((finding) => isStray(finding, entities))
    expect({ missed: missed.map(({ type, value }) => `${type} ${value}`), stray }).toEqual({
      missed: [],
      stray: [],
    })
  })
})
