/** What the name of a key says about its value. */
export interface KeyMeaning {
  readonly kind: 'PASSWORD' | 'API_KEY'
  /** A name such as `token` also labels counts and kinds; then the value has to look random too. */
  readonly certain: boolean
}

const words = (text: string): readonly string[] => text.split(/\s+/)

/** Names of passwords in the languages of developers and their users, without spaces. */
const passwordNames = new Set(
  words(
    `password passwd passwort kennwort passphrase passcode pwd pass pw pin pincode passwords
     contraseña contrasena clave motdepasse mdp senha wachtwoord hasło haslo lösenord losenord passord
     adgangskode kodeord salasana parola jelszó jelszo heslo şifre sifre κωδικός пароль 密码 密碼 口令
     パスワード 暗証番号 비밀번호 암호 sshpass userpass dbpass pgpassword requirepass masterauth
     wifipassword passwordhash mậtkhẩu matkhau κωδικόςπρόσβασης loginpassword zugangscode geheimzahl`,
  ),
)
const secretNames = new Set(
  words(
    `secret secrets apikey apisecret authorization proxyauthorization authtoken connectionstring
     seedphrase recoveryphrase mnemonic recoverycode recoverykey passkey otpsecret totpsecret
     webhookurl xamzsignature xamzsecuritytoken accesskeyid secretaccesskey
     awsaccesskeyid awssecretaccesskey sharedaccesskey sharedaccesssignature accountkey
     ocpapimsubscriptionkey xapikey xauthtoken xvaulttoken privatetoken jobtoken secretvalue`,
  ),
)
/** `<qualifier> key`, `<qualifier> token` and `<qualifier> secret` name a secret for certain. */
const qualifiers = new Set(
  words(
    `api access secret private auth encryption signing account master service shared storage
     subscription admin deploy client consumer server write webhook integration ssh jwt hmac aes bearer
     refresh id security personal bot user oauth registry npm github gitlab slack vault device push app
     token cookie session sas hub`,
  ),
)
/** Names that label a secret only now and then. */
const weakNames = new Set(
  words(
    'key keys token tokens sig signature sid session sessionid sessid cookie auth credential credentials creds dsn pat bearer salt license phpsessid jsessionid appid authtoken',
  ),
)
const innocentQualifiers = new Set(
  words(
    `primary foreign sort partition cache public row map object hash range index idempotency routing
     translation query dict page continuation max prompt completion stop pad eos bos unk special start
     end first last hot shortcut arrow function enter escape input output total cached reasoning
     csrf product commit file content body integrity amz`,
  ),
)

const longestName = 64
const mostKnown = 2000
const known = new Map<string, KeyMeaning | undefined>()

/** What a key or label says about its value: `apiKey`, `X-Api-Key`, `db_password`, `mot de passe`. */
export function keyMeaning(name: string): KeyMeaning | undefined {
  if (name.length > longestName || name.length < 2) return undefined
  if (known.has(name)) return known.get(name)
  // A hostile sender must not fill the memory with names.
  if (known.size >= mostKnown) known.clear()
  const meaning = readWords(splitName(name))
  known.set(name, meaning)
  return meaning
}

function readWords(name: readonly string[]): KeyMeaning | undefined {
  const endings = [1, 2, 3].map((count) => name.slice(-count).join(''))
  if (endings.some((ending) => passwordNames.has(ending)))
    return { kind: 'PASSWORD', certain: true }
  if (endings.some((ending) => secretNames.has(ending))) return { kind: 'API_KEY', certain: true }
  const last = name.at(-1) ?? ''
  const qualifier = name.at(-2) ?? ''
  if (innocentQualifiers.has(qualifier)) return undefined
  if (/^(?:key|token|secret)$/.test(last) && qualifiers.has(qualifier)) {
    return { kind: 'API_KEY', certain: true }
  }
  return weakNames.has(last) || /(?:key|token|secret)$/.test(last)
    ? { kind: 'API_KEY', certain: false }
    : undefined
}

/** `dbPassword` and `DB_PASSWORD` are both `db`, `password`; a number at the end says nothing. */
function splitName(name: string): readonly string[] {
  return name
    .replace(/\d+$/, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .trim()
    .toLowerCase()
    .split(' ')
}
